import type { RecordContext, Serde, StreamPartitioner } from "../model/index.js";
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

/** How two tables are joined by a key found in this one's rows, and whether the result is kept. */
export interface ForeignKeyJoinOptions<K, V, K2, R> extends Materialized<K, R> {
  /**
   * The key of the other table's row that a row refers to; null for none (KIP-1104). Called again for the row's former
   * value at each update, so it must depend on nothing else.
   */
  on(this: void, value: V, key: K, context: RecordContext): K2 | null;
  /**
   * How this table's topic is partitioned, if not by murmur2 of the key: Kafka Streams' `TableJoined`. Its value is always
   * null. Default: answers go where the row is.
   */
  readonly partitioner?: StreamPartitioner<K, null>;
  /** How the other table's topic is partitioned, if not by murmur2 of the key. Its value is always null. */
  readonly otherPartitioner?: StreamPartitioner<K2, null>;
}

/** How two tables are joined by key, and whether the result is kept. */
export type TableJoinOptions<K, R> = Materialized<K, R>;
