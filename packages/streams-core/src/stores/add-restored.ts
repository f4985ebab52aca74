import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows, StoreKey } from "@millrace/state-stores";
import { TIMESTAMP_BYTES, writeTimestamp } from "./row-bytes.js";

/** Up to here a loop beats the view that `set` takes. */
const LOOP_BYTES = 32;

/** Adds the row of a changelog record, its value copied: with its timestamp in front where rows have one (ST4). */
export function addRestored(rows: RestoredRows, key: StoreKey, record: RecordCursor, timestamped: boolean): void {
  if (record.valueStart < 0) {
    rows.delete(key);
    return;
  }
  const headBytes = timestamped ? TIMESTAMP_BYTES : 0;
  const at = rows.add(key, headBytes + record.valueEnd - record.valueStart);
  if (timestamped) writeTimestamp(rows.slab, record.timestamp, at);
  copyValue(record, rows.slab, at + headBytes);
}

/** Copies the value of a record, which has one, to `target` from `at` on. */
export function copyValue({ buffer, valueStart, valueEnd }: RecordCursor, target: Uint8Array, at: number): void {
  const length = valueEnd - valueStart;
  if (length > LOOP_BYTES) target.set(new Uint8Array(buffer.buffer, buffer.byteOffset + valueStart, length), at);
  else for (let index = 0; index < length; index++) target[at + index] = buffer[valueStart + index]!;
}
