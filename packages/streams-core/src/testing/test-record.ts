import type { Headers, KeyValue } from "../model/index.js";

/** A record as a test writes or reads it. */
export interface TestRecord<K, V> extends KeyValue<K, V> {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** What may be given with a piped record. */
export interface PipeOptions {
  /** Milliseconds since the epoch, not negative. Default: the input topic's own time. */
  readonly timestamp?: number;
  readonly headers?: Headers;
}
