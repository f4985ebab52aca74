import { ReusedMemory, SlabMemory, type ByteMemory } from "../serde/index.js";

const TWO_POW_32 = 2 ** 32;

/** Bytes before the value in a timestamped row (ST4): the timestamp, big-endian. */
export const TIMESTAMP_BYTES = 8;

/** Up to here a loop beats the call of `set`. */
const LOOP_BYTES = 32;

/** For what changelogs and rows with timestamps copy at once. */
export const keyMemory = new ReusedMemory();
export const valueMemory = new ReusedMemory();

/** Rows are kept: in overlays, on the heap. */
const rowMemory = new SlabMemory();

/** The row of a timestamped store: 8 bytes of timestamp, then the value (ST4). */
export function timestampedRow(value: Uint8Array, timestamp: number, memory: ByteMemory = rowMemory): Uint8Array {
  const row = memory.of(TIMESTAMP_BYTES + value.length);
  writeTimestamp(row, timestamp, 0);
  const { length } = value;
  if (length > LOOP_BYTES) row.set(value, TIMESTAMP_BYTES);
  else for (let index = 0; index < length; index++) row[TIMESTAMP_BYTES + index] = value[index]!;
  return row;
}

/** Puts the timestamp in front of a row, which begins at `at`. */
export function writeTimestamp(row: Uint8Array, timestamp: number, at: number): void {
  const high = Math.floor(timestamp / TWO_POW_32);
  const low = timestamp >>> 0;
  row[at] = high >>> 24;
  row[at + 1] = high >>> 16;
  row[at + 2] = high >>> 8;
  row[at + 3] = high;
  row[at + 4] = low >>> 24;
  row[at + 5] = low >>> 16;
  row[at + 6] = low >>> 8;
  row[at + 7] = low;
}

/** The timestamp in front of a timestamped row. */
export function rowTimestamp(row: Uint8Array): number {
  const high = (row[0]! << 24) | (row[1]! << 16) | (row[2]! << 8) | row[3]!;
  const low = (row[4]! << 24) | (row[5]! << 16) | (row[6]! << 8) | row[7]!;
  return high * TWO_POW_32 + (low >>> 0);
}

/** The value in a timestamped row, as a view. */
export function rowValue(row: Uint8Array): Uint8Array {
  return row.subarray(TIMESTAMP_BYTES);
}
