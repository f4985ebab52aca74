import type { RecordContext, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows } from "../model/index.js";
import type { CogroupedKStream, CogroupOptions } from "./cogrouped-stream.js";
import type { KTable } from "./k-table.js";
import type { Materialized } from "./options.js";
import type { EmitOptions } from "./windowed-options.js";
import type { SessionWindowedKStream, TimeWindowedKStream } from "./windowed-stream.js";

/** An aggregate's first value, how a record changes it, and where it is kept. */
export interface AggregateOptions<K, V, A> extends Materialized<K, NoInfer<A>> {
  /** The aggregate before a key's first record. Called once per new row. */
  readonly init: () => A;
  /** The aggregate with one more record; null deletes the row (A1). */
  readonly add: (key: K, value: V, aggregate: NoInfer<A>, context: RecordContext) => NoInfer<A> | null;
}

/**
 * A stream whose records of a key belong together. Every verb makes a table with a store; records with a null key or a
 * null value are dropped and counted (T7). Where the key was changed before, records go through a repartition topic
 * first (T8), named like the store or, if given, like the grouping. Results carry the greatest timestamp so far (T5)
 * and the headers of the record (T6).
 */
export interface KGroupedStream<K, V> {
  /**
   * Counts the records of a key.
   *
   * @example
   * words.groupBy((_, word) => word).count({ store: "word-counts" });
   */
  count(options?: Materialized<K, number>): KTable<K, number>;
  /**
   * Folds the values of a key into one of the same type; the first passes through unchanged, null deletes the row (A1).
   *
   * @example
   * purchases.groupByKey().reduce((sum, amount) => sum + amount, { store: "totals" });
   */
  reduce(
    reducer: (aggregate: V, value: V, context: RecordContext) => V | null,
    options?: Materialized<K, V>,
  ): KTable<K, V>;
  /**
   * Folds the records of a key into an aggregate of any type (A2). Without `value` among the options the builder's default
   * serde writes it.
   *
   * @example
   * visits.groupByKey().aggregate({
   *   init: () => [] as string[],
   *   add: (_, page, pages) => [...pages, page],
   *   value: serdes.list(serdes.string),
   * });
   */
  aggregate<A>(options: AggregateOptions<K, V, A>): KTable<K, A>;
  /**
   * The records of a key by windows, made by `windows`. Throws InvalidArgumentError for options that make no sense.
   *
   * @example
   * clicks.groupByKey().windowedBy(windows.session({ inactivityGapMs: 30_000 }), { emit: "onWindowClose" }).count();
   */
  windowedBy(
    windows: TimeWindows | SlidingWindows | UnlimitedWindows,
    options?: EmitOptions,
  ): TimeWindowedKStream<K, V>;
  windowedBy(windows: SessionWindows, options?: EmitOptions): SessionWindowedKStream<K, V>;
  /**
   * The first of several grouped streams that are folded into one table (A5).
   *
   * @example
   * orders.groupByKey()
   *   .cogroup({ init: () => 0, add: (_, order, balance) => balance + order.total })
   *   .cogroup(refunds.groupByKey(), (_, amount, balance) => balance - amount)
   *   .aggregate({ store: "balances", value: serdes.double });
   */
  cogroup<A>(options: CogroupOptions<K, V, A>): CogroupedKStream<K, A>;
}
