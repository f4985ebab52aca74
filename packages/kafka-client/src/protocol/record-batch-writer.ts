import type { RawHeaders } from "../port/records.js";
import type { BatchBuffers } from "./batch-buffers.js";
import { compress } from "./codecs/codecs.js";
import { writeInt16, writeInt32, writeInt64 } from "./int64.js";
import { HEADER_BYTES, LENGTH_OVERHEAD_BYTES, readRecordBatch, sealBatch, type RecordBatch } from "./record-batch.js";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "./varint.js";

/** Above this a typed array's own `set` beats a byte loop (limits: measured around 32 bytes). */
const BYTE_LOOP_BYTES = 32;
/** Five varints, the attributes and the header count of one record, at their longest. */
const RECORD_OVERHEAD_BYTES = 36;
const FIRST_BUFFER_BYTES = 1024;
const NO_BUFFER = Buffer.alloc(0);

/** What the header of a finished batch says about where it comes from. */
export interface BatchSeal {
  readonly attributes: number;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  /** False leaves the checksum 0: for logs that never leave the memory of one process. */
  readonly checksum: boolean;
}

/**
 * Writes records straight into the bytes of a batch, in a buffer that grows. `finish` hands the bytes over (the
 * buffer itself when it is well filled, else a copy of the filled part) and starts the next batch.
 */
export class RecordBatchWriter {
  #buffer = NO_BUFFER;
  /** What the next buffer starts with: as much as the last batch took. */
  #expectedBytes = FIRST_BUFFER_BYTES;
  #position = HEADER_BYTES;
  #count = 0;
  #lastDelta = -1;
  #baseTimestamp = 0;
  #maxTimestamp = 0;
  #hasBase = false;
  readonly #fullBytes: number;

  readonly #buffers: BatchBuffers | null;

  /**
   * `fullBytes`: how big a batch is meant to become; buffers grow up to a little more than that at once. Large ones
   * come from `buffers`, where whoever is done with a batch may give its bytes back.
   */
  constructor(fullBytes: number, buffers: BatchBuffers | null = null) {
    this.#fullBytes = fullBytes;
    this.#buffers = buffers;
  }

  get count(): number {
    return this.#count;
  }

  /** Size of the batch so far, header included. */
  get bytes(): number {
    return this.#position;
  }

  /** Appends with the next offset. Copies key and value. */
  append(key: Uint8Array | null, value: Uint8Array | null, timestamp: number, headers: RawHeaders | null): void {
    this.appendAt(this.#lastDelta + 1, key, value, timestamp, headers);
  }

  /** Appends with an offset `delta` above the batch's base offset, greater than that of the record before. */
  // eslint-disable-next-line max-params -- the hot path: no object per record
  appendAt(
    delta: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RawHeaders | null,
  ): void {
    if (!this.#hasBase) this.#startAt(timestamp);
    else if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp;
    const timestampDelta = timestamp - this.#baseTimestamp;
    const keyBytes = key === null ? 0 : key.length;
    const valueBytes = value === null ? 0 : value.length;
    const headerBytes = headers === null || headers.length === 0 ? 1 : sizeOfHeaders(headers);
    const needed = this.#position + RECORD_OVERHEAD_BYTES + keyBytes + valueBytes + headerBytes;
    if (needed > this.#buffer.length) this.#grow(needed);
    const buffer = this.#buffer;
    const length =
      1 +
      sizeOfVarlong(timestampDelta) +
      sizeOfVarint(delta) +
      (key === null ? 1 : sizeOfVarint(keyBytes) + keyBytes) +
      (value === null ? 1 : sizeOfVarint(valueBytes) + valueBytes) +
      headerBytes;
    let at = writeVarint(buffer, this.#position, length);
    buffer[at++] = 0;
    at = writeVarlong(buffer, at, timestampDelta);
    at = writeVarint(buffer, at, delta);
    at = writeBytes(buffer, at, key);
    at = writeBytes(buffer, at, value);
    if (headerBytes === 1) buffer[at++] = 0;
    else at = writeHeaders(buffer, at, headers!);
    this.#position = at;
    this.#lastDelta = delta;
    this.#count++;
  }

  /** Forgets what was written; the buffer stays. */
  clear(): void {
    this.#position = HEADER_BYTES;
    this.#count = 0;
    this.#lastDelta = -1;
    this.#hasBase = false;
  }

  /** Fixes the base timestamp that deltas count from, before the first append (a batch with a delete horizon). */
  startWithBase(timestamp: number): void {
    this.#baseTimestamp = timestamp;
    this.#maxTimestamp = -1;
    this.#hasBase = true;
  }

  /** `lastDelta`: the last offset delta to state, when it is not that of the last record (compaction). */
  finish(seal: BatchSeal, lastDelta = this.#lastDelta): RecordBatch {
    const codec = seal.attributes & 0x07;
    const buffer = codec === 0 ? this.#detach() : this.#compressed(codec);
    const end = buffer.length;
    writeInt64(buffer, 0, 0);
    writeInt32(buffer, 8, end - LENGTH_OVERHEAD_BYTES);
    writeInt32(buffer, 12, 0);
    buffer[16] = 2;
    writeInt32(buffer, 17, 0);
    writeInt16(buffer, 21, seal.attributes);
    writeInt32(buffer, 23, lastDelta);
    writeInt64(buffer, 27, this.#baseTimestamp);
    writeInt64(buffer, 35, this.#maxTimestamp);
    writeInt64(buffer, 43, seal.producerId);
    writeInt16(buffer, 51, seal.producerEpoch);
    writeInt32(buffer, 53, seal.baseSequence);
    writeInt32(buffer, 57, this.#count);
    if (seal.checksum) sealBatch(buffer, 0, end);
    this.clear();
    return readRecordBatch(buffer, 0);
  }

  #startAt(timestamp: number): void {
    this.#baseTimestamp = timestamp;
    this.#maxTimestamp = timestamp;
    this.#hasBase = true;
  }

  #grow(needed: number): void {
    const most = this.#fullBytes + RECORD_OVERHEAD_BYTES + 1024;
    const generous = Math.min(Math.max(this.#expectedBytes, this.#buffer.length * 4), most);
    const larger = this.#bufferOf(Math.max(needed, generous));
    this.#buffer.copy(larger, 0, 0, this.#position);
    this.#buffer = larger;
  }

  #bufferOf(bytes: number): Buffer<ArrayBuffer> {
    const shared = this.#buffers;
    // Small batches are copied out of a buffer that stays here, so only large ones take turns.
    if (shared !== null && bytes <= shared.bytes && bytes * 2 > shared.bytes) return shared.take();
    return Buffer.allocUnsafeSlow(bytes);
  }

  #detach(): Uint8Array {
    const filled = this.#buffer;
    const used = this.#position;
    this.#expectedBytes = used;
    if (used * 4 >= filled.length * 3) {
      this.#buffer = NO_BUFFER;
      return filled.subarray(0, used);
    }
    const exact = Buffer.allocUnsafeSlow(used);
    filled.copy(exact, 0, 0, used);
    // A buffer grown for one large batch is not kept for small ones.
    if (used * 8 < filled.length) this.#buffer = NO_BUFFER;
    return exact;
  }

  #compressed(codec: number): Uint8Array {
    const records = compress(codec, this.#buffer.subarray(HEADER_BYTES, this.#position));
    const whole = Buffer.allocUnsafeSlow(HEADER_BYTES + records.length);
    whole.set(records, HEADER_BYTES);
    return whole;
  }
}

function writeBytes(buffer: Uint8Array, position: number, bytes: Uint8Array | null): number {
  if (bytes === null) {
    buffer[position] = 1;
    return position + 1;
  }
  const length = bytes.length;
  const at = writeVarint(buffer, position, length);
  if (length > BYTE_LOOP_BYTES) buffer.set(bytes, at);
  else for (let index = 0; index < length; index++) buffer[at + index] = bytes[index]!;
  return at + length;
}

function sizeOfHeaders(headers: RawHeaders): number {
  let size = sizeOfVarint(headers.length);
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key);
    const valueBytes = header.value === null ? -1 : header.value.length;
    size += sizeOfVarint(keyBytes) + keyBytes + sizeOfVarint(valueBytes) + Math.max(valueBytes, 0);
  }
  return size;
}

function writeHeaders(buffer: Buffer, position: number, headers: RawHeaders): number {
  let at = writeVarint(buffer, position, headers.length);
  for (const header of headers) {
    const keyBytes = Buffer.byteLength(header.key);
    at = writeVarint(buffer, at, keyBytes);
    buffer.write(header.key, at);
    at = writeBytes(buffer, at + keyBytes, header.value);
  }
  return at;
}
