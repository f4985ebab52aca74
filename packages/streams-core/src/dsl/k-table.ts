import type { RecordContext } from "../model/index.js";
import type { KGroupedTable } from "./k-grouped-table.js";
import type { KStream } from "./k-stream.js";
import type { Materialized, Named, Serdes } from "./options.js";
import type { Suppressed } from "./suppressed.js";
import type { TableJoins } from "./table-joins.js";

type NN<T> = NonNullable<T>;

/**
 * The latest value of each key. Callbacks see rows, never deletions. Handles are immutable: every verb gives a new table
 * and leaves this one usable. A table keeps rows of its own only where `store` or `supplier` is given or an operator
 * after it needs them (B3). The context a callback gets is valid during the call only.
 */
export interface KTable<K, V> extends TableJoins<K, V> {
  /**
   * The rows the predicate holds for; an update it refuses deletes the row (B1). Keeps serdes.
   *
   * @example
   * users.filter((_, user) => user.active, { store: "active-users" });
   */
  filter<S extends V>(
    predicate: (key: K, value: V, context: RecordContext) => value is S,
    options?: Materialized<K, NoInfer<S>>,
  ): KTable<K, S>;
  filter(predicate: (key: K, value: V, context: RecordContext) => boolean, options?: Materialized<K, V>): KTable<K, V>;
  /** The rows the predicate does not hold for; else as `filter`. */
  filterNot(
    predicate: (key: K, value: V, context: RecordContext) => boolean,
    options?: Materialized<K, V>,
  ): KTable<K, V>;
  /**
   * Another value for each row; null deletes the row, and deletions pass without a call (B2). Keeps the key's serde; the
   * value's is the one in `options`, else the builder's default. A mapper that returns undefined throws while processing.
   *
   * @example
   * users.mapValues((user) => user.name, { value: serdes.string });
   */
  mapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => V2,
    options?: Materialized<K, NN<NoInfer<V2>>>,
  ): KTable<K, NN<V2>>;
  /** The updates as records; a deletion is a record with a null value. Keeps serdes. For another key: `toStream().selectKey(f)`. */
  toStream(options?: Named): KStream<K, V | null>;
  /**
   * Holds updates back, so that those downstream see fewer: the final result of each window, or a key's latest update per
   * span of time. Whoever looks a row up behind it sees what has been let go. Keeps serdes. Throws TopologyError, when
   * built, for a versioned table (S4), and for windows to close where there are none.
   *
   * ```text
   * untilWindowCloses, tumbling of 10, count   in   a@1  a@4  b@5  a@10
   *                                            out                 a[0,10) 2, b[0,10) 1
   * ```
   *
   * @example
   * clicks.groupByKey().windowedBy(windows.tumbling({ sizeMs: 60_000 })).count()
   *   .suppress(suppressed.untilWindowCloses());
   */
  suppress(suppressed: Suppressed<K>): KTable<K, V>;
  /**
   * Puts rows into groups, by a new key and with a new value. A row whose pair, key or value is null belongs to no group.
   * Makes this table keep its rows. Serdes are those in `options`, else the builder's defaults; `name` names the
   * repartition topic.
   *
   * @example
   * users.groupBy((id, user) => [user.city, id], { key: serdes.string, value: serdes.string }).count();
   */
  groupBy<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => readonly [K2, V2] | null,
    options?: Serdes<NN<NoInfer<K2>>, NN<NoInfer<V2>>>,
  ): KGroupedTable<NN<K2>, NN<V2>>;
}
