import type { Header, RecordContext } from "../../model/index.js";
import { rowTimestamp, writeTimestamp } from "../row-bytes.js";

const LONG_BYTES = 8;
const INT_BYTES = 4;
const NONE = -1;
/** Timestamp, offset, length of the topic, partition, number of headers. */
const FIXED_BYTES = 2 * LONG_BYTES + 3 * INT_BYTES;

const decoder = new TextDecoder();

/** Puts numbers and bytes behind each other, big-endian. */
export class ByteWriter {
  readonly bytes: Uint8Array;
  private at = 0;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
  }

  long(value: number): void {
    writeTimestamp(this.bytes, value, this.at);
    this.at += LONG_BYTES;
  }

  int(value: number): void {
    const { bytes, at } = this;
    bytes[at] = value >>> 24;
    bytes[at + 1] = value >>> 16;
    bytes[at + 2] = value >>> 8;
    bytes[at + 3] = value;
    this.at += INT_BYTES;
  }

  raw(value: Uint8Array): void {
    this.bytes.set(value, this.at);
    this.at += value.length;
  }

  /** Length and bytes; null is the length -1. */
  sized(value: Uint8Array | null): void {
    this.int(value === null ? NONE : value.length);
    if (value !== null) this.raw(value);
  }
}

/** Reads what {@link ByteWriter} wrote. Bytes are views. */
export class ByteReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  long(): number {
    const value = rowTimestamp(this.bytes.subarray(this.at));
    this.at += LONG_BYTES;
    return value;
  }

  int(): number {
    const { bytes, at } = this;
    this.at += INT_BYTES;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  raw(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  sized(): Uint8Array | null {
    const length = this.int();
    return length < 0 ? null : this.raw(length);
  }
}

/** Bytes that a record's context takes in a changelog. */
export function contextBytesSize({ topic, headers }: RecordContext): number {
  let size = FIXED_BYTES + Buffer.byteLength(topic);
  for (const { key, value } of headers) size += 2 * INT_BYTES + Buffer.byteLength(key) + (value?.length ?? 0);
  return size;
}

/** Timestamp, offset, topic, partition and headers, as Kafka Streams writes them for records that wait. */
export function writeContext(context: RecordContext, to: ByteWriter): void {
  const { topic, partition, offset, timestamp, headers } = context;
  to.long(timestamp);
  to.long(offset);
  to.sized(Buffer.from(topic));
  to.int(partition);
  to.int(headers.length);
  for (const { key, value } of headers) {
    to.sized(Buffer.from(key));
    to.sized(value);
  }
}

/** What {@link writeContext} wrote; header values are views. */
export function readContext(from: ByteReader): RecordContext {
  const timestamp = from.long();
  const offset = from.long();
  const topic = decoder.decode(from.sized() ?? undefined);
  const partition = from.int();
  const count = from.int();
  const headers: Header[] = [];
  for (let index = 0; index < count; index++) {
    headers.push({ key: decoder.decode(from.sized() ?? undefined), value: from.sized() });
  }
  return { topic, partition, offset, timestamp, headers };
}
