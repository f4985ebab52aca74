import { crc32c } from "./crc32c.js";
import { readInt16, readInt32, readInt64, writeInt32, writeInt64 } from "./int64.js";

/**
 * Record batch, version 2, as Kafka writes it (big-endian):
 *
 *     0 baseOffset int64 · 8 length int32 (of what follows it) · 12 leaderEpoch int32 · 16 magic int8 = 2
 *     17 crc uint32 (CRC-32C from 21 to the end) · 21 attributes int16 · 23 lastOffsetDelta int32
 *     27 baseTimestamp int64 · 35 maxTimestamp int64 · 43 producerId int64 · 51 producerEpoch int16
 *     53 baseSequence int32 · 57 recordCount int32 · 61 records
 */
export const HEADER_BYTES = 61;
/** Bytes before the part that the `length` field counts. */
export const LENGTH_OVERHEAD_BYTES = 12;

export const CODEC_MASK = 0x07;
export const LOG_APPEND_TIME = 0x08;
export const TRANSACTIONAL = 0x10;
export const CONTROL = 0x20;
export const DELETE_HORIZON = 0x40;

/** One batch as it lies in `buffer[start, end)`, with its header fields read out once. */
export interface RecordBatch {
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
  readonly baseOffset: number;
  /** Offset of the last record it was written with, even when compaction took that record. */
  readonly lastOffset: number;
  readonly attributes: number;
  readonly baseTimestamp: number;
  readonly maxTimestamp: number;
  /** -1: the producer was neither idempotent nor transactional. */
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
}

/** Reads the header of the batch at `start`. The whole batch must lie in the buffer. */
export function readRecordBatch(buffer: Uint8Array, start: number): RecordBatch {
  const baseOffset = readInt64(buffer, start);
  return {
    buffer,
    start,
    end: start + LENGTH_OVERHEAD_BYTES + readInt32(buffer, start + 8),
    baseOffset,
    lastOffset: baseOffset + readInt32(buffer, start + 23),
    attributes: readInt16(buffer, start + 21),
    baseTimestamp: readInt64(buffer, start + 27),
    maxTimestamp: readInt64(buffer, start + 35),
    producerId: readInt64(buffer, start + 43),
    producerEpoch: readInt16(buffer, start + 51),
    baseSequence: readInt32(buffer, start + 53),
    recordCount: readInt32(buffer, start + 57),
  };
}

/**
 * Length in bytes of the batch at `start`, or -1 when `buffer[start, end)` does not hold one whole, well-formed
 * batch (checksum included when `verify`).
 */
export function batchLengthAt(buffer: Uint8Array, start: number, end: number, verify: boolean): number {
  if (end - start < HEADER_BYTES) return -1;
  const length = LENGTH_OVERHEAD_BYTES + readInt32(buffer, start + 8);
  if (length < HEADER_BYTES || length > end - start || buffer[start + 16] !== 2) return -1;
  if (verify && crc32c(buffer, start + 21, start + length) !== readInt32(buffer, start + 17) >>> 0) return -1;
  return length;
}

/** All whole batches of `buffer[start, end)`, in order; an incomplete one at the end is left out. */
export function readRecordBatches(buffer: Uint8Array, start: number, end: number): RecordBatch[] {
  const batches: RecordBatch[] = [];
  for (let at = start; ;) {
    const length = batchLengthAt(buffer, at, end, false);
    if (length < 0) return batches;
    batches.push(readRecordBatch(buffer, at));
    at += length;
  }
}

/** Puts a batch at its place in the log: patches the base offset, which the checksum does not cover. */
export function placeBatch(batch: RecordBatch, baseOffset: number): RecordBatch {
  writeInt64(batch.buffer, batch.start, baseOffset);
  return { ...batch, baseOffset, lastOffset: baseOffset + (batch.lastOffset - batch.baseOffset) };
}

/** Computes and stores the checksum of a batch whose header has been written or changed. */
export function sealBatch(buffer: Uint8Array, start: number, end: number): void {
  writeInt32(buffer, start + 17, crc32c(buffer, start + 21, end) | 0);
}

export const isControl = (batch: RecordBatch): boolean => (batch.attributes & CONTROL) !== 0;
export const isTransactional = (batch: RecordBatch): boolean => (batch.attributes & TRANSACTIONAL) !== 0;
