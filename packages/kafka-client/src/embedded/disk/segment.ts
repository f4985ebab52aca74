import { closeSync, constants, fsyncSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { MillraceError } from "@millrace/kernel";
import { HEADER_BYTES, LENGTH_OVERHEAD_BYTES, readRecordBatches, type RecordBatch } from "../../protocol/index.js";
import { readInt32 } from "../../protocol/int64.js";

/** One index entry for about this many bytes of batches. */
const INDEX_EVERY_BYTES = 32 * 1024;
const OFFSET_DIGITS = 20;

/** What is known of a segment besides its batches: enough to open it again without reading it. */
export interface SegmentSummary {
  readonly bytes: number;
  readonly lastOffset: number;
  readonly maxTimestamp: number;
  /** Offset and position of every so many bytes, in turn. */
  readonly index: readonly number[];
}

export const segmentName = (baseOffset: number): string => String(baseOffset).padStart(OFFSET_DIGITS, "0");

/** A file of the log does not hold what was written to it. */
export class CorruptLogError extends MillraceError {
  readonly code = "MILLRACE_CORRUPT_LOG";
  constructor(path: string, position: number) {
    super(`${path} is damaged at byte ${position}. Close the cluster and open it again: what is whole will be kept.`);
  }
}

/** A file of batches that begins at an offset. */
export class Segment {
  readonly baseOffset: number;
  readonly path: string;
  #file: number | null = null;
  #bytes = 0;
  #lastOffset: number;
  #maxTimestamp = -1;
  #index: number[] = [];

  constructor(dir: string, baseOffset: number, suffix = ".log") {
    this.baseOffset = baseOffset;
    this.path = join(dir, segmentName(baseOffset) + suffix);
    this.#lastOffset = baseOffset - 1;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `baseOffset - 1` while it is empty. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  get maxTimestamp(): number {
    return this.#maxTimestamp;
  }

  /** Makes the file, empty, whatever a crash left under its name. */
  create(): void {
    ftruncateSync(this.#open(), 0);
  }

  append(batch: RecordBatch): void {
    let at = batch.start;
    while (at < batch.end)
      at += writeSync(this.#open(), batch.buffer, at, batch.end - at, this.#bytes + at - batch.start);
    this.account(batch);
  }

  /** Notes a batch that lies in the file already, after those noted before. */
  account(batch: RecordBatch): void {
    const indexed = this.#index.length === 0 ? -INDEX_EVERY_BYTES : this.#index[this.#index.length - 1]!;
    if (this.#bytes - indexed >= INDEX_EVERY_BYTES) this.#index.push(batch.baseOffset, this.#bytes);
    this.#bytes += batch.end - batch.start;
    this.#lastOffset = batch.lastOffset;
    if (batch.maxTimestamp > this.#maxTimestamp) this.#maxTimestamp = batch.maxTimestamp;
  }

  summary(): SegmentSummary {
    const { bytes, lastOffset, maxTimestamp } = this;
    return { bytes, lastOffset, maxTimestamp, index: this.#index };
  }

  restore(summary: SegmentSummary): void {
    this.#bytes = summary.bytes;
    this.#lastOffset = summary.lastOffset;
    this.#maxTimestamp = summary.maxTimestamp;
    this.#index = [...summary.index];
  }

  /** Batches with offsets in `[from, to)`, about `maxBytes` of them, at least one if there is one. */
  read(from: number, to: number, maxBytes: number): RecordBatch[] {
    const found: RecordBatch[] = [];
    let bytes = 0;
    for (let position = this.#positionBefore(from); position < this.#bytes && bytes === 0;) {
      const chunk = this.#chunkAt(position, maxBytes);
      const batches = readRecordBatches(chunk, 0, chunk.length);
      if (batches.length === 0) throw new CorruptLogError(this.path, position);
      for (const batch of batches) {
        position += batch.end - batch.start;
        if (batch.lastOffset < from) continue;
        const size = batch.end - batch.start;
        if (batch.baseOffset >= to || (bytes > 0 && bytes + size > maxBytes)) return found;
        found.push(batch);
        bytes += size;
      }
    }
    return found;
  }

  sync(): void {
    if (this.#file !== null) fsyncSync(this.#file);
  }

  /** Gives the file handle back; it is opened again when needed. */
  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  remove(): void {
    this.close();
    rmSync(this.path, { force: true });
  }

  /** Bytes from `position` on: about `bytes`, but at least the whole first batch. */
  #chunkAt(position: number, bytes: number): Buffer {
    const rest = this.#bytes - position;
    const chunk = this.#bytesAt(position, Math.min(rest, Math.max(bytes, INDEX_EVERY_BYTES)));
    const first = chunk.length < HEADER_BYTES ? 0 : LENGTH_OVERHEAD_BYTES + readInt32(chunk, 8);
    return first <= chunk.length ? chunk : this.#bytesAt(position, first);
  }

  #bytesAt(position: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(length);
    let read = 0;
    while (read < length) {
      const got = readSync(this.#open(), buffer, read, length - read, position + read);
      if (got === 0) throw new CorruptLogError(this.path, position + read);
      read += got;
    }
    return buffer;
  }

  #positionBefore(offset: number): number {
    const index = this.#index;
    let low = 0;
    let high = index.length / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (index[middle * 2]! <= offset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : index[low * 2 - 1]!;
  }

  #open(): number {
    return (this.#file ??= openSync(this.path, openFlags));
  }
}

/** Read and write, created when missing, never truncated. */
const openFlags = constants.O_RDWR | constants.O_CREAT;
