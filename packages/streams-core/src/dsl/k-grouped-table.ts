import type { RecordContext } from "../model/index.js";
import type { AggregateOptions } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import type { Materialized } from "./options.js";

/** How a row's value joins and leaves the one value of its group, and where that is kept. */
export interface TableReduceOptions<K, V> extends Materialized<K, V> {
  /** The group's value with one more row; null deletes the group's row. */
  readonly add: (aggregate: V, value: V, context: RecordContext) => V | null;
  /** The group's value without a row it had; null deletes the group's row. */
  readonly subtract: (aggregate: V, value: V, context: RecordContext) => V | null;
}

/** An aggregate's first value, how a row joins and leaves it, and where it is kept. */
export interface TableAggregateOptions<K, V, A> extends AggregateOptions<K, V, A> {
  /** The aggregate without a row it had; null deletes the group's row. */
  readonly subtract: (key: K, value: V, aggregate: NoInfer<A>, context: RecordContext) => NoInfer<A> | null;
}

/**
 * A table whose rows are put into groups. Rows always go through a repartition topic, as changes of old and new value
 * (A6). What a row was is subtracted before what it is gets added; both are one update where the group stays the same.
 */
export interface KGroupedTable<K, V> {
  /** Counts the rows of a group. A group whose last row left stays with 0. */
  count(options?: Materialized<K, number>): KTable<K, number>;
  /**
   * Folds the values of a group into one of the same type. The first passes through unchanged.
   *
   * @example
   * stock.groupBy((item, { shop, pieces }) => [shop, pieces], { key: serdes.string, value: serdes.long })
   *   .reduce({ add: (sum, pieces) => sum + pieces, subtract: (sum, pieces) => sum - pieces });
   */
  reduce(options: TableReduceOptions<K, V>): KTable<K, V>;
  /** Folds the rows of a group into an aggregate of any type. Without `value` the builder's default serde writes it. */
  aggregate<A>(options: TableAggregateOptions<K, V, A>): KTable<K, A>;
}
