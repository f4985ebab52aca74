import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from "node:fs";
import { crc32c } from "../../protocol/index.js";
import type { JournalEntry } from "../journal.js";

const NEWLINE = 0x0a;
/** Eight hexadecimal digits and a space. */
const CHECKSUM_BYTES = 9;

/** Journal entries in a file, one a line, each with its checksum. A line counts when it is whole. */
export class MetadataLog {
  readonly #path: string;
  #file: number;
  #bytes: number;

  private constructor(path: string, file: number, bytes: number) {
    this.#path = path;
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Opens the file, hands its entries to `replay` in order, and cuts a torn tail off. */
  static open(path: string, replay: (entry: JournalEntry) => void): MetadataLog {
    const contents = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
    let good = 0;
    for (let end = contents.indexOf(NEWLINE); end >= 0; end = contents.indexOf(NEWLINE, good)) {
      const entry = parseLine(contents, good, end);
      if (entry === null) break;
      replay(entry);
      good = end + 1;
    }
    const file = openSync(path, "a");
    if (good < contents.length) ftruncateSync(file, good);
    return new MetadataLog(path, file, good);
  }

  get bytes(): number {
    return this.#bytes;
  }

  write(entry: JournalEntry): void {
    this.#bytes += writeWhole(this.#file, formatLine(entry));
  }

  /** Puts `entries` in the place of all that was written, atomically. */
  replaceWith(entries: Iterable<JournalEntry>): void {
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, "w");
    let bytes = 0;
    for (const entry of entries) bytes += writeWhole(file, formatLine(entry));
    fsyncSync(file);
    closeSync(file);
    renameSync(fresh, this.#path);
    closeSync(this.#file);
    this.#file = openSync(this.#path, "a");
    this.#bytes = bytes;
  }

  sync(): void {
    fsyncSync(this.#file);
  }

  close(): void {
    fsyncSync(this.#file);
    closeSync(this.#file);
  }
}

function formatLine(entry: JournalEntry): Buffer {
  const json = Buffer.from(JSON.stringify(entry));
  const checksum = crc32c(json, 0, json.length).toString(16).padStart(8, "0");
  return Buffer.concat([Buffer.from(`${checksum} `), json, Buffer.from("\n")]);
}

function parseLine(contents: Buffer, start: number, end: number): JournalEntry | null {
  const checksum = Number.parseInt(contents.toString("latin1", start, start + CHECKSUM_BYTES - 1), 16);
  if (checksum !== crc32c(contents, start + CHECKSUM_BYTES, end)) return null;
  return JSON.parse(contents.toString("utf8", start + CHECKSUM_BYTES, end)) as JournalEntry;
}

function writeWhole(file: number, bytes: Buffer): number {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written, bytes.length - written);
  return written;
}
