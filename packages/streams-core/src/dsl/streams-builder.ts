import type { ProcessorFactory } from "../processors/index.js";
import { userProcessor } from "../processors/index.js";
import { TopologyError, type Serde, type StoreBuilder, type TimestampExtractor } from "../model/index.js";
import { lower, Plan, slotOf, type BuildOptions, type DefaultSerdes } from "../plan/index.js";
import type { Topology } from "../topology/index.js";
import type { Flow, Handles, TableFlow } from "./flow.js";
import type { GlobalKTable } from "./global-k-table.js";
import { GlobalTableHandle } from "./global-table-handle.js";
import type { KStream } from "./k-stream.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, storeSpec } from "./materialization.js";
import type { ConsumedOptions, GlobalTableOptions, TableOptions } from "./options.js";
import { StreamHandle } from "./stream-handle.js";
import { TableHandle } from "./table-handle.js";

type NN<T> = NonNullable<T>;

const handles: Handles = Object.freeze({
  stream: <K, V>(flow: Flow): KStream<K, V> => new StreamHandle(flow),
  table: <K, V>(flow: TableFlow): KTable<K, V> => new TableHandle(flow),
});

/** Serdes for all keys and values that no verb gives one. */
export interface BuilderDefaults<K, V> {
  readonly key?: Serde<K>;
  readonly value?: Serde<V>;
}

/**
 * Where a topology begins. Verbs only note what is wanted; `build()` makes the topology of it, checks it whole, and may be
 * called again.
 *
 * @example
 * const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
 * builder.stream("lines")
 *   .flatMapValues((line) => line.split(" "))
 *   .groupBy((_, word) => word)
 *   .count({ store: "word-counts" })
 *   .toStream()
 *   .to("counts", { value: serdes.long });
 * const topology = builder.build();
 */
export class StreamsBuilder<DK = unknown, DV = unknown> {
  readonly #plan = new Plan();
  readonly #defaults: DefaultSerdes;

  constructor(defaults: BuilderDefaults<DK, DV> = {}) {
    this.#defaults = { key: defaults.key ?? null, value: defaults.value ?? null };
  }

  /**
   * Reads a topic, several, or all whose whole name matches. Topics read twice are read once, for both,
   * and must be read alike (T11).
   *
   * @example
   * builder.stream("orders", { key: serdes.string, value: serdes.json<Order>() });
   */
  stream<K = DK, V = DV>(
    topics: string | readonly string[] | RegExp,
    options: ConsumedOptions<K, V> = {},
  ): KStream<K, V> {
    const plan = this.#plan;
    const pattern = topics instanceof RegExp ? topics : null;
    const node = plan.append({
      kind: "streamSource",
      name: plan.numbers.processor("KSTREAM-SOURCE-", options.name),
      parents: [],
      topics: topics instanceof RegExp ? [] : typeof topics === "string" ? [topics] : [...topics],
      pattern,
      ...reading(options),
    });
    return handles.stream({ plan, handles, node, key: node.key, value: node.value, marked: false });
  }

  /**
   * Reads a topic as a table: the latest value of each key. Null keys are dropped and counted, a null value deletes, and
   * an update older than the row still wins, with a warning. Rows are kept where `store` or `supplier` is given or an
   * operator needs them.
   *
   * @example
   * builder.table("users", { key: serdes.string, value: serdes.json<User>(), store: "users" });
   */
  table<K = DK, V = DV>(topic: string, options: TableOptions<K, V> = {}): KTable<NN<K>, NN<V>> {
    const plan = this.#plan;
    const givenName = givenStoreName(options);
    const storeName = givenName ?? plan.numbers.store(`${topic}-`);
    const sourceName = plan.numbers.suffixed("KSTREAM-SOURCE-", options.name, "-source");
    const read = reading(options);
    const node = plan.append({
      kind: "tableSource",
      name: plan.numbers.processor("KTABLE-SOURCE-", options.name),
      parents: [],
      sourceName,
      topic,
      store: storeSpec(options, storeName, read),
      materialized: givenName !== undefined,
      ...read,
    });
    return handles.table({ plan, handles, node, key: node.key, value: node.value });
  }

  /**
   * Reads a topic as a table that every instance holds whole, all partitions of it, loaded before processing starts. Null
   * keys are dropped and counted, a null value deletes. Its store has no changelog and no cache. Throws TopologyError for a
   * versioned store.
   *
   * @example
   * builder.globalTable("countries", { key: serdes.string, value: serdes.json<Country>(), store: "countries" });
   */
  globalTable<K = DK, V = DV>(topic: string, options: GlobalTableOptions<K, V> = {}): GlobalKTable<NN<K>, NN<V>> {
    const plan = this.#plan;
    const storeName = givenStoreName(options) ?? plan.numbers.store(`${topic}-`);
    const sourceName = plan.numbers.suffixed("KSTREAM-SOURCE-", options.name, "-source");
    const { key, value, timestampExtractor } = reading(options);
    const store = storeSpec({ ...options, logging: false, caching: false }, storeName, { key, value });
    if (store.kind === "versioned-key-value") {
      throw new TopologyError(`Global table ${topic} cannot be versioned. Give it another supplier.`);
    }
    const node = plan.append({
      kind: "globalTable",
      name: plan.numbers.processor("KTABLE-SOURCE-", options.name),
      parents: [],
      sourceName,
      topic,
      key,
      value,
      timestampExtractor,
      store,
    });
    return new GlobalTableHandle(plan, node);
  }

  /** Adds a store for processors to use by its name. Must come before the verb that names it. */
  addStateStore(store: StoreBuilder): this {
    this.#plan.append({ kind: "addedStore", name: store.name, parents: [], builder: store });
    return this;
  }

  /**
   * Adds a store that every instance holds whole, filled by the processor from all partitions of the topic. It has no
   * changelog: the topic is its backup, and the processor sees it again at every start.
   */
  addGlobalStore<K = DK, V = DV>(
    store: StoreBuilder,
    topic: string,
    processor: ProcessorFactory<K, V, unknown, unknown>,
    options: ConsumedOptions<K, V> = {},
  ): this {
    const { numbers } = this.#plan;
    const sourceName = numbers.suffixed("KSTREAM-SOURCE-", options.name, "-source");
    const { key, value, timestampExtractor } = reading(options);
    this.#plan.append({
      kind: "addedGlobalStore",
      name: numbers.processor("KTABLE-SOURCE-", options.name),
      parents: [],
      builder: store,
      sourceName,
      topic,
      key,
      value,
      timestampExtractor,
      supplier: userProcessor(processor),
    });
    return this;
  }

  /**
   * Makes the topology. Throws TopologyError for what cannot work, such as names used twice, a topic read both as stream
   * and table, or a topic named like one that the topology would make itself; MissingSerdeError where neither a verb nor
   * the builder says how something is written as bytes.
   */
  build(options: BuildOptions = {}): Topology {
    return lower(this.#plan, this.#defaults, options);
  }
}

function reading<K, V>({ key, value, timestampExtractor, offsetReset }: ConsumedOptions<K, V>) {
  return {
    key: slotOf(key),
    value: slotOf(value),
    timestampExtractor: (timestampExtractor ?? null) as TimestampExtractor | null,
    offsetReset: offsetReset ?? null,
  };
}
