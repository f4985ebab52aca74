import type { RecordContext, Windowed } from "../model/index.js";
import type { AggregateOptions } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import type { WindowedMaterialized } from "./windowed-options.js";

/** An aggregate's first value, how a record changes it, and where its windows are kept. */
export interface WindowedAggregateOptions<K, V, A>
  extends AggregateOptions<K, V, A>, WindowedMaterialized<K, NoInfer<A>> {}

/** As for other windows, and how the aggregates of two sessions become one. */
export interface SessionAggregateOptions<K, V, A> extends WindowedAggregateOptions<K, V, A> {
  /** The aggregate of a session made of two; the older comes first, and the first call's `left` is what `init` gave. */
  readonly merge: (key: K, left: NoInfer<A>, right: NoInfer<A>, context: RecordContext) => NoInfer<A>;
}

/**
 * A stream whose records of a key and a window belong together. Every verb makes a table of the windows, with a store
 * that forgets them after its retention. Records with a null key, and those for windows that have closed, are dropped and
 * counted; a record's null value reaches the aggregation (T7), but for sliding windows. Results carry the greatest
 * timestamp of the window so far, those of sessions the session's end (T5).
 */
export interface WindowedVerbs<K, V> {
  /**
   * Counts the records of a key and window.
   *
   * ```text
   * tumbling, sizeMs 10    in   a@3        a@9        a@12
   *                        out  a[0,10) 1  a[0,10) 2  a[10,20) 1
   * ```
   *
   * @example
   * clicks.groupByKey().windowedBy(windows.tumbling({ sizeMs: 60_000 })).count({ store: "clicks-per-minute" });
   */
  count(options?: WindowedMaterialized<K, number>): KTable<Windowed<K>, number>;
  /**
   * Folds the values of a key and window into one of the same type; the first passes through unchanged, null deletes the
   * window's row (A1). Sessions that meet are folded by the same function, the older first.
   *
   * ```text
   * session, gap 5, reduce(a + "|" + b)   in   k A@10        k B@12
   *                                       out  k[10,10] A    k[10,10] null, k[10,12] A|B
   * ```
   */
  reduce(
    reducer: (aggregate: V, value: V, context: RecordContext) => V | null,
    options?: WindowedMaterialized<K, V>,
  ): KTable<Windowed<K>, V>;
}

/** A stream grouped by key and by time, sliding or unlimited windows. */
export interface TimeWindowedKStream<K, V> extends WindowedVerbs<K, V> {
  /**
   * Folds the records of a key and window into an aggregate of any type (A2). Without `value` among the options the
   * builder's default serde writes it.
   *
   * ```text
   * hopping, sizeMs 10, advanceMs 5, concatenation   in   k A@7                   k B@12
   *                                                  out  k[0,10) A, k[5,15) A    k[5,15) AB, k[10,20) B
   * ```
   */
  aggregate<A>(options: WindowedAggregateOptions<K, V, A>): KTable<Windowed<K>, A>;
}

/** A stream grouped by key and by session. */
export interface SessionWindowedKStream<K, V> extends WindowedVerbs<K, V> {
  /** As {@link TimeWindowedKStream.aggregate}, with `merge` for sessions that a record makes one. */
  aggregate<A>(options: SessionAggregateOptions<K, V, A>): KTable<Windowed<K>, A>;
}
