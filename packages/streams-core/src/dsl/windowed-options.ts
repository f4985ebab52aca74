import type { Materialized } from "./options.js";

/** How and where a windowed table keeps its rows. `key` is the serde of the key without its window. */
export interface WindowedMaterialized<K, V> extends Materialized<K, V> {
  /**
   * How long a window is kept after its start, by the greatest timestamp seen (sessions: after their end). Default, and
   * the least there can be: size and grace; twice the difference and grace for sliding windows; gap and grace for sessions
   * (W2). Throws InvalidArgumentError for less.
   */
  readonly retentionMs?: number;
}

/** When results of windows go downstream: Kafka Streams' `EmitStrategy` (KIP-825). */
export interface EmitOptions {
  /**
   * At each update (with a cache: once per commit), the default; or once, when stream time has passed a window's end and
   * grace, in the order of the windows. A window that closes has no cache and sends no old values.
   */
  readonly emit?: "onWindowUpdate" | "onWindowClose";
  /** With `onWindowClose`: wall-clock time between two looks for closed windows. Default 1000, as in Kafka Streams; 0: at each record. */
  readonly emitIntervalMs?: number;
  /**
   * With `onWindowClose`, beyond Kafka Streams (W6): closes all windows that are open after this time of the wall clock without
   * a record for them. Later records for these windows are late: dropped and counted. A session so closed is not
   * continued. Default: windows wait for records, however long.
   */
  readonly closeAfterMs?: number;
}
