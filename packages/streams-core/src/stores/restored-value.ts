import type { RecordCursor } from "@millrace/kafka-client";
import { TIMESTAMP_BYTES, writeTimestamp } from "./row-bytes.js";

/** The stored value of a changelog record, copied: with its timestamp in front where rows have one (ST4). */
export function restoredValue(record: RecordCursor, timestamped: boolean): Uint8Array | null {
  const { buffer, valueStart, valueEnd } = record;
  if (valueStart < 0) return null;
  const headBytes = timestamped ? TIMESTAMP_BYTES : 0;
  // From node's pool: memory of its own costs each small value more than the copying. Every byte of it is written below.
  const value = Buffer.allocUnsafe(headBytes + valueEnd - valueStart);
  value.set(buffer.subarray(valueStart, valueEnd), headBytes);
  if (timestamped) writeTimestamp(value, record.timestamp);
  return value;
}
