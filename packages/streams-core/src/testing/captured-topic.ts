import { noHeaders, type Headers } from "../model/index.js";
import type { OutgoingRecord } from "../runtime/record-collector.js";
import type { SentRecord } from "./sent-record.js";

const FIRST_CHUNK_BYTES = 1024;
const CHUNK_BYTES_MAX = 1024 * 1024;

/**
 * All records a topology wrote to one topic, in order. A test may write millions: bytes are kept back to back in a few
 * large buffers, lengths and times in columns, and objects are made when somebody reads.
 */
export class CapturedTopic {
  readonly name: string;
  private chunk = new Uint8Array(FIRST_CHUNK_BYTES);
  private readonly chunks: Uint8Array[] = [this.chunk];
  private used = 0;
  private readonly chunkIndexes: number[] = [];
  private readonly starts: number[] = [];
  /** -1 for null, as are value lengths. */
  private readonly keyLengths: number[] = [];
  private readonly valueLengths: number[] = [];
  private readonly timestamps: number[] = [];
  private readonly headers = new Map<number, Headers>();
  private published = 0;
  private readCount = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Copies the record. Nobody sees it before `publish`. */
  append({ key, value, timestamp, headers }: OutgoingRecord): void {
    const keyLength = key === null ? 0 : key.length;
    const valueLength = value === null ? 0 : value.length;
    if (this.used + keyLength + valueLength > this.chunk.length) this.addChunk(keyLength + valueLength);
    if (headers.length > 0) this.headers.set(this.starts.length, headers);
    this.chunkIndexes.push(this.chunks.length - 1);
    this.starts.push(this.used);
    this.keyLengths.push(key === null ? -1 : keyLength);
    this.valueLengths.push(value === null ? -1 : valueLength);
    this.timestamps.push(timestamp);
    if (key !== null) this.copy(key);
    if (value !== null) this.copy(value);
  }

  /** Lets the oldest hidden record be seen; gives its index. */
  publish(): number {
    return this.published++;
  }

  get size(): number {
    return this.published;
  }

  get unread(): number {
    return this.published - this.readCount;
  }

  /** The next record not read yet; null when there is none. */
  next(): SentRecord | null {
    return this.readCount === this.published ? null : this.at(this.readCount++);
  }

  /** Key and value are views. */
  at(index: number): SentRecord {
    const chunk = this.chunks[this.chunkIndexes[index]!]!;
    const start = this.starts[index]!;
    const keyLength = this.keyLengths[index]!;
    const valueLength = this.valueLengths[index]!;
    const valueStart = start + Math.max(0, keyLength);
    return {
      topic: this.name,
      key: keyLength < 0 ? null : chunk.subarray(start, valueStart),
      value: valueLength < 0 ? null : chunk.subarray(valueStart, valueStart + valueLength),
      timestamp: this.timestamps[index]!,
      headers: this.headers.get(index) ?? noHeaders,
    };
  }

  private addChunk(needed: number): void {
    const bytes = Math.max(needed, Math.min(CHUNK_BYTES_MAX, 2 * this.chunk.length));
    this.chunk = new Uint8Array(bytes);
    this.chunks.push(this.chunk);
    this.used = 0;
  }

  private copy(bytes: Uint8Array): void {
    const { chunk } = this;
    const { length } = bytes;
    if (length > 32) chunk.set(bytes, this.used);
    else for (let index = 0; index < length; index++) chunk[this.used + index] = bytes[index]!;
    this.used += length;
  }
}
