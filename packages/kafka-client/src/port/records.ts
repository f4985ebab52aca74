import type { TopicPartition } from "./topic-partition.js";

/** One header. Duplicates are kept, order is kept, and null is a value. */
export interface RawHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}
export type RawHeaders = readonly RawHeader[];

/** One record as an object. Key, value and headers are views on the response buffer: whoever keeps them, copies. */
export interface RawRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: RawHeaders | null;
}

/**
 * Walks the records of a fetched range without making an object per record. Before the first `next()` the fields
 * mean nothing. `keyStart` (or `valueStart`) is -1 for null. Positions index into `buffer`, which may change
 * between records. A cursor is used up once.
 */
export interface RecordCursor {
  next(): boolean;
  readonly buffer: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly timestamp: number;
  readonly offset: number;
  /** Headers of the record the cursor stands on, parsed when asked for; null when it has none. */
  headers(): RawHeaders | null;
  /** The record the cursor stands on, as an object of views. */
  record(): RawRecord;
}

export interface FetchedPartition {
  readonly tp: TopicPartition;
  /** Neither control records nor, under read_committed, aborted ones. May be empty while `nextOffset` moves on. */
  readonly records: RecordCursor;
  /** Upper bound of the number of records in the cursor (control and aborted ones counted). */
  readonly countHint: number;
  /** Position after the whole range, holes included. */
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
}
