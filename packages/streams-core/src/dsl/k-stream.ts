import type { RecordContext, TopicNameExtractor } from "../model/index.js";
import type { FixedKeyProcessorFactory, ProcessorFactory } from "../processors/index.js";
import type { AsyncVerbs } from "./async-verbs.js";
import type { BranchedStream } from "./branched-stream.js";
import type { KGroupedStream } from "./k-grouped-stream.js";
import type { KTable } from "./k-table.js";
import type {
  KeySerde,
  Materialized,
  Named,
  PrintOptions,
  ProcessOptions,
  ProducedOptions,
  RepartitionOptions,
  Serdes,
  ValueSerde,
} from "./options.js";
import type { StreamJoins } from "./stream-joins.js";

type NN<T> = NonNullable<T>;

/**
 * A stream of records. Handles are immutable: every verb gives a new stream and leaves this one usable.
 *
 * Callbacks of `…Values` verbs see (value, key), the others (key, value), both with the record's context behind, which is
 * valid during the call only. They see null keys and values. One that returns undefined where a value is needed throws
 * UndefinedResultError while processing. Results keep the record's timestamp (T5) and headers (T6).
 *
 * A verb that may change the key only marks the stream; the next one that groups by key sends records through a
 * repartition topic first (T8). A verb drops the serde of the side whose type it may change, and only that one, unless its
 * options name another; where none is known, the builder's default is used.
 */
export interface KStream<K, V> extends StreamJoins<K, V>, AsyncVerbs<K, V> {
  /**
   * The records the predicate holds for. Does not mark the key.
   *
   * @example
   * orders.filter((_, order) => order.total > 0);
   */
  filter<S extends V>(
    predicate: (key: K, value: V, context: RecordContext) => value is S,
    options?: Named,
  ): KStream<K, S>;
  filter(predicate: (key: K, value: V, context: RecordContext) => boolean, options?: Named): KStream<K, V>;
  /** The records the predicate does not hold for. Does not mark the key. */
  filterNot(predicate: (key: K, value: V, context: RecordContext) => boolean, options?: Named): KStream<K, V>;
  /**
   * Another key and value for each record, as `[key, value]`. Marks the key, drops both serdes. Null instead of a pair
   * throws while processing.
   *
   * @example
   * couriers.map((id, courier) => [courier.city, id], { key: serdes.string, value: serdes.string });
   */
  map<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => readonly [K2, V2],
    options?: Serdes<NoInfer<K2>, NoInfer<V2>>,
  ): KStream<K2, V2>;
  /**
   * Another value for each record. Does not mark the key, drops the value's serde.
   *
   * @example
   * orders.mapValues((order) => order.total, { value: serdes.double });
   */
  mapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => V2,
    options?: Named & ValueSerde<NoInfer<V2>>,
  ): KStream<K, V2>;
  /**
   * Any number of `[key, value]` pairs for each record, in their order. Marks the key, drops both serdes.
   *
   * @example
   * orders.flatMap((id, order) => order.items.map((item): [string, number] => [item.sku, item.pieces]));
   */
  flatMap<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => Iterable<readonly [K2, V2]>,
    options?: Serdes<NoInfer<K2>, NoInfer<V2>>,
  ): KStream<K2, V2>;
  /**
   * Any number of values for each record, in their order. Does not mark the key, drops the value's serde.
   *
   * @example
   * lines.flatMapValues((line) => line.split(/\W+/u).filter(Boolean), { value: serdes.string });
   */
  flatMapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => Iterable<V2>,
    options?: Named & ValueSerde<NoInfer<V2>>,
  ): KStream<K, V2>;
  /**
   * Another key for each record; null is a key. Marks the key, drops its serde.
   *
   * @example
   * orders.selectKey((_, order) => order.customer, { key: serdes.string });
   */
  selectKey<K2>(
    selector: (key: K, value: V, context: RecordContext) => K2,
    options?: Named & KeySerde<NoInfer<K2>>,
  ): KStream<K2, V>;
  /** Calls `action` for each record and passes it on. Does not mark the key. */
  peek(action: (key: K, value: V, context: RecordContext) => void, options?: Named): KStream<K, V>;
  /** Calls `action` for each record; the stream ends here. */
  forEach(action: (key: K, value: V, context: RecordContext) => void, options?: Named): void;
  /**
   * Writes a line for each record; the stream ends here.
   *
   * @example
   * counts.toStream().print({ label: "counts" }); // [counts]: hello, 3
   */
  print(options?: PrintOptions<K, V>): void;
  /**
   * The records of both streams; in what order those of one and of the other come is not promised (K3). Marked if one of
   * them is. Keeps the serdes that both share. Throws TopologyError for a stream of another builder.
   */
  merge<V2>(other: KStream<K, V2>, options?: Named): KStream<K, V | V2>;
  /** Sends each record to the first branch whose predicate holds: see BranchedStream. Keeps mark and serdes. */
  split(options?: Named): BranchedStream<K, V>;
  /**
   * The same in one go: the properties' names are those of the branches, in their order. What no branch takes goes
   * nowhere; end with `rest: () => true` to keep it. Throws TopologyError for names that are integers, as JavaScript
   * would reorder them.
   *
   * @example
   * const { north, south } = couriers.split({
   *   north: (_, courier) => courier.latitude >= 0,
   *   south: () => true,
   * });
   */
  split<const B extends Readonly<Record<string, (key: K, value: V, context: RecordContext) => boolean>>>(
    branches: B,
    options?: Named,
  ): { readonly [P in keyof B]: KStream<K, V> };
  /**
   * Sends records through a topic of their own, by their keys, marked or not (T8). Records with a null key are left out,
   * uncounted (T7). Keeps serdes, clears the mark. The topic is named `<name>-repartition`.
   */
  repartition(options?: RepartitionOptions<K, V>): KStream<K, V>;
  /**
   * Writes records to a topic, or to the one the function names for each; it must exist. A null key leaves the partition
   * to the producer, a null value is a tombstone.
   *
   * @example
   * counts.toStream().to("counts", { key: serdes.string, value: serdes.long });
   */
  to(topic: string | TopicNameExtractor<K, V>, options?: ProducedOptions<K, V>): void;
  /** The latest value of each key. Null keys are dropped and counted, a null value deletes (K3). Repartitions if marked. */
  toTable(options?: Materialized<NN<K>, NN<V>>): KTable<NN<K>, NN<V>>;
  /** Puts records of a key together. Keeps serdes; repartitions if marked, through a topic named `<name>-repartition`. */
  groupByKey(options?: Serdes<NN<K>, V>): KGroupedStream<NN<K>, NN<V>>;
  /**
   * Puts records together by another key: `selectKey` and `groupByKey` in one. Drops the key's serde; always repartitions.
   *
   * @example
   * words.groupBy((_, word) => word, { key: serdes.string }).count();
   */
  groupBy<K2>(
    selector: (key: K, value: V, context: RecordContext) => K2,
    options?: Serdes<NN<NoInfer<K2>>, V>,
  ): KGroupedStream<NN<K2>, NN<V>>;
  /**
   * Runs a processor of the user's, a new one for each task. Marks the key, drops both serdes. Throws
   * InvalidArgumentError for a supplier that gives the same processor twice (P2).
   *
   * @example
   * orders.process(() => new Deduplicate(), { stores: ["seen"] });
   */
  process<K2, V2>(
    processor: ProcessorFactory<K, V, K2, V2>,
    options?: ProcessOptions & Serdes<NoInfer<K2>, NoInfer<V2>>,
  ): KStream<K2, V2>;
  /** Runs a processor that cannot change keys (K2). Does not mark the key, drops the value's serde; else as `process`. */
  processValues<V2>(
    processor: FixedKeyProcessorFactory<K, V, V2>,
    options?: ProcessOptions & Named & ValueSerde<NoInfer<V2>>,
  ): KStream<K, V2>;
}
