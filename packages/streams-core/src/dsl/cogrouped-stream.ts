import type {
  RecordContext,
  SessionWindows,
  SlidingWindows,
  TimeWindows,
  UnlimitedWindows,
  Windowed,
} from "../model/index.js";
import type { KGroupedStream } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import type { Materialized } from "./options.js";
import type { WindowedMaterialized } from "./windowed-options.js";

/** The first value of an aggregate that several streams share, and how the first of them changes it. */
export interface CogroupOptions<K, V, A> {
  /** The aggregate before a key's first record. Called once per new row. */
  readonly init: () => A;
  /** The aggregate with one more record of this stream; null deletes the row. */
  readonly add: (key: K, value: V, aggregate: NoInfer<A>, context: RecordContext) => NoInfer<A> | null;
}

/** Where the windows of a cogroup are kept, and how the aggregates of two sessions become one. */
export interface CogroupedSessionOptions<K, A> extends WindowedMaterialized<K, A> {
  readonly merge: (key: K, left: A, right: A, context: RecordContext) => A;
}

/**
 * Several grouped streams that are folded into one table with one store (A5), where each has an aggregator of its own.
 * Their topics must have equal partition counts; streams whose key was changed go through a repartition topic first.
 * With two of those, give their groupings names. Handles are immutable.
 */
export interface CogroupedKStream<K, A> {
  /** One stream more. A group that is there already gets this aggregator instead. */
  cogroup<V>(
    group: KGroupedStream<K, V>,
    add: (key: K, value: V, aggregate: A, context: RecordContext) => A | null,
  ): CogroupedKStream<K, A>;
  /**
   * The table of all streams. Null keys and values are dropped and counted.
   *
   * ```text
   * orders   a 5@1                 a 2@9
   * refunds            a 3@4
   * table    a 5       a 2         a 4
   * ```
   *
   * @example
   * orders.groupByKey()
   *   .cogroup({ init: () => 0, add: (_, order, balance) => balance + order.total })
   *   .cogroup(refunds.groupByKey(), (_, amount, balance) => balance - amount)
   *   .aggregate({ store: "balances", value: serdes.double });
   */
  aggregate(options?: Materialized<K, A>): KTable<K, A>;
  /** The streams by windows; results are emitted at each update. */
  windowedBy(windows: TimeWindows | SlidingWindows | UnlimitedWindows): TimeWindowedCogroupedKStream<K, A>;
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, A>;
}

/** Several grouped streams by time, sliding or unlimited windows. */
export interface TimeWindowedCogroupedKStream<K, A> {
  /** The table of all streams' windows; null rules as in {@link TimeWindowedKStream}. */
  aggregate(options?: WindowedMaterialized<K, A>): KTable<Windowed<K>, A>;
}

/** Several grouped streams by session. */
export interface SessionWindowedCogroupedKStream<K, A> {
  /** The table of all streams' sessions: a record of any stream can make two sessions one. */
  aggregate(options: CogroupedSessionOptions<K, A>): KTable<Windowed<K>, A>;
}
