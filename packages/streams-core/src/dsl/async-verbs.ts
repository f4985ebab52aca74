import type { AsyncOptions, AsyncRecordContext } from "../processors/index.js";
import type { KStream } from "./k-stream.js";
import type { Named, Serdes, ValueSerde } from "./options.js";

/** Name and, where the verb has them, serdes of an asynchronous verb's result, and how it calls. */
export interface AsyncNamed extends Named, AsyncOptions {}

/**
 * The verbs whose callbacks may give promises. Kafka Streams has none of these.
 *
 * Of each task up to `concurrency` records are on their way at once; then it takes no further ones. Results go
 * downstream with timestamp, headers and place of their record, in the `order` asked for. A call that takes longer than
 * `timeoutMs`, or fails, is tried again as `retries` says; then the processing error handler decides. A commit waits for
 * everything on its way, so that no offset is committed past a record whose result has not been processed: after a crash
 * such records are called for again, under exactly-once too. Calls must therefore bear repetition.
 */
export interface AsyncVerbs<K, V> {
  /**
   * `map` with a promise of `[key, value]`. Marks the key, drops both serdes.
   *
   * @example
   * orders.mapAsync(async (id, order) => [await customerOf(order), id], { key: serdes.string, value: serdes.string });
   */
  mapAsync<K2, V2>(
    mapper: (key: K, value: V, context: AsyncRecordContext) => PromiseLike<readonly [K2, V2]> | readonly [K2, V2],
    options?: AsyncNamed & Serdes<NoInfer<K2>, NoInfer<V2>>,
  ): KStream<K2, V2>;
  /**
   * `mapValues` with a promise. Does not mark the key, drops the value's serde.
   *
   * ```text
   * concurrency 2   in       a 1    b 2    c 3
   *                 calls    a 1 takes 20 ms, b 2 takes 10 ms; c 3 begins when one of them has gone on
   *                 out, order "partition": a, b, c        order "none": b before a
   * ```
   *
   * @example
   * couriers.mapValuesAsync((courier, _, { signal }) => weatherAt(courier.city, { signal }), {
   *   value: serdes.json(),
   *   concurrency: 32,
   *   retries: { max: 3 },
   * });
   */
  mapValuesAsync<V2>(
    mapper: (value: V, key: K, context: AsyncRecordContext) => PromiseLike<V2> | V2,
    options?: AsyncNamed & ValueSerde<NoInfer<V2>>,
  ): KStream<K, V2>;
  /** `flatMapValues` with a promise of the values. Does not mark the key, drops the value's serde. */
  flatMapValuesAsync<V2>(
    mapper: (value: V, key: K, context: AsyncRecordContext) => PromiseLike<Iterable<V2>> | Iterable<V2>,
    options?: AsyncNamed & ValueSerde<NoInfer<V2>>,
  ): KStream<K, V2>;
  /**
   * Calls `action` for each record; the stream ends here. With `order: "key"` the actions of a key follow each other;
   * with `concurrency: 1` all of a task do.
   */
  forEachAsync(
    action: (key: K, value: V, context: AsyncRecordContext) => PromiseLike<unknown> | void,
    options?: AsyncNamed,
  ): void;
}
