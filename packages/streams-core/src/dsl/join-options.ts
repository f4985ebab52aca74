import type { RecordContext, Serde } from "../model/index.js";
import type { Materialized, Named, Serdes, ValueSerde } from "./options.js";

/** How a stream is joined with a table: Kafka Streams' `Joined`. `key` and `value` are serdes of the result. */
export interface StreamTableJoinOptions<K, V, R> extends Serdes<K, R> {
  /** How the stream's values are written to a repartition topic or a buffer. Default: what is known of the stream. */
  readonly leftValue?: Serde<V>;
  /**
   * Lets each record wait until stream time is this far past its own, so that late rows are seen (KIP-923). The table must
   * be versioned and keep its history at least as long. Records that come later than that are joined at once. The buffer
   * has a changelog. Default: no record waits.
   */
  readonly graceMs?: number;
}

/** How a stream is joined with a global table. */
export interface GlobalTableJoinOptions<K, V, K2, R> extends Named, ValueSerde<R> {
  /** The key of the row a record is joined with; null for none. */
  on(key: K, value: V, context: RecordContext): K2 | null;
}

/** How two tables are joined by key, and whether the result is kept. */
export type TableJoinOptions<K, R> = Materialized<K, R>;
