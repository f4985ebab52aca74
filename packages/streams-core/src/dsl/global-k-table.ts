/**
 * A table that every instance holds whole, whatever partitions it works on: for small tables that streams are joined with
 * by any key of theirs. It is loaded before processing starts and then follows its topic at its own pace, not in step
 * with the streams. It has no changelog, its topic is its backup. Made by `StreamsBuilder.globalTable`.
 */
export interface GlobalKTable<K, V> {
  /** The name of its store, for `getStateStore` in processors and for queries. */
  readonly storeName: string;
  /** Type only: key and value of a row. */
  readonly __row?: readonly [key: K, value: V];
}
