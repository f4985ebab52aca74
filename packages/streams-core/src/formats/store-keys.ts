import { keyBytes, storeKey } from "@millrace/state-stores";
import { ownMemory } from "../serde/index.js";
import { SegmentLayout, TimeLayout, type RowLayout, type SecondBytes } from "../stores/segmented/row-layout.js";
import { timestampedRow } from "../stores/row-bytes.js";

const SEQUENCE_BYTES: SecondBytes = 4;
const START_BYTES: SecondBytes = 8;
/** Changelog keys do not depend on how segments are cut. */
const ANY_INTERVAL_MS = 1;
const windows = new SegmentLayout(ANY_INTERVAL_MS, SEQUENCE_BYTES);
const sessions = new SegmentLayout(ANY_INTERVAL_MS, START_BYTES);
const windowsByTime = new TimeLayout(SEQUENCE_BYTES);

/** The changelog key of a window store's row (ST4): key, start, sequence number of a duplicate (else 0). */
export function windowStoreKey(key: Uint8Array, startMs: number, sequence: number): Uint8Array {
  return changelogKey(windows, key, startMs, sequence);
}

/** The changelog key of a session store's row (ST4): key, end, start. */
export function sessionStoreKey(key: Uint8Array, startMs: number, endMs: number): Uint8Array {
  return changelogKey(sessions, key, endMs, startMs);
}

/** Kafka Streams' mark of rows that begin with a time. */
const TIME_FIRST = "\0";

/** The key of a row in Kafka Streams' window stores sorted by time (W5): a zero, start, key, sequence number. */
export function timeFirstWindowKey(key: Uint8Array, startMs: number, sequence: number): Uint8Array {
  return keyBytes(TIME_FIRST + windowsByTime.storeKey(storeKey(key), startMs, sequence));
}

/** A row with its timestamp in front (ST4); null for no value. */
export function timestampedValue(value: Uint8Array | null, timestamp: number): Uint8Array | null {
  return value === null ? null : timestampedRow(value, timestamp, ownMemory);
}

function changelogKey(layout: RowLayout, key: Uint8Array, timeMs: number, second: number): Uint8Array {
  return layout.changelogKey(layout.storeKey(storeKey(key), timeMs, second), ownMemory);
}
