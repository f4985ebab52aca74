import {
  InvalidArgumentError,
  TopologyError,
  type ProcessorSupplier,
  type RecordContext,
  type TopicNameExtractor,
} from "../model/index.js";
import {
  changedSlot,
  keptSlot,
  mergedSlot,
  repartitionNames,
  type ErasedJoiner,
  type StreamOperator,
} from "../plan/index.js";
import {
  asyncSettings,
  fixedKeyProcessor,
  userProcessor,
  type AsyncRecordContext,
  type FixedKeyProcessorFactory,
  type ProcessorFactory,
} from "../processors/index.js";
import { validateName } from "../topology/index.js";
import type { AsyncNamed } from "./async-verbs.js";
import { BranchedHandle, splitByRecord } from "./branched-handle.js";
import type { BranchedStream } from "./branched-stream.js";
import { appendRepartition, type Flow } from "./flow.js";
import { GlobalTableHandle } from "./global-table-handle.js";
import { GroupedStreamHandle } from "./grouped-stream-handle.js";
import { JoinRepartition } from "./join-repartition.js";
import type { KGroupedStream } from "./k-grouped-stream.js";
import type { KStream } from "./k-stream.js";
import type { KTable } from "./k-table.js";
import { givenStoreName, storeSpec } from "./materialization.js";
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
import { printedRecord, printToStandardOutput } from "./print-format.js";
import { appendStreamJoin } from "./stream-stream-join.js";
import { joinGlobalTable, joinTable } from "./stream-table-joins.js";
import { TableHandle } from "./table-handle.js";

type NN<T> = NonNullable<T>;
type Predicate<K, V> = (key: K, value: V, context: RecordContext) => boolean;
type Predicates<K, V> = Readonly<Record<string, Predicate<K, V>>>;

type JoinKind = keyof typeof verbOf;

const verbOf = { inner: "join()", left: "leftJoin()", outer: "outerJoin()" } as const;

/** KStream over plan nodes. */
export class StreamHandle<K, V> implements KStream<K, V> {
  readonly #flow: Flow;
  readonly #repartition = new JoinRepartition();
  // What a join takes is told apart when it is called; the overloads are those of the interface.
  readonly join = this.#joinVerb("inner") as KStream<K, V>["join"];
  readonly leftJoin = this.#joinVerb("left") as KStream<K, V>["leftJoin"];
  readonly outerJoin = this.#joinVerb("outer") as KStream<K, V>["outerJoin"];

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  filter<S extends V>(
    predicate: (key: K, value: V, context: RecordContext) => value is S,
    options?: Named,
  ): KStream<K, S>;
  filter(predicate: Predicate<K, V>, options?: Named): KStream<K, V>;
  filter(predicate: Predicate<K, V>, options: Named = {}): KStream<K, V> {
    return new StreamHandle(this.#step("KSTREAM-FILTER-", options, { kind: "filter", predicate, negate: false }));
  }

  filterNot(predicate: Predicate<K, V>, options: Named = {}): KStream<K, V> {
    return new StreamHandle(this.#step("KSTREAM-FILTER-", options, { kind: "filter", predicate, negate: true }));
  }

  map<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => readonly [K2, V2],
    options: Serdes<NoInfer<K2>, NoInfer<V2>> = {},
  ): KStream<K2, V2> {
    return this.#withNewKeysAndValues("KSTREAM-MAP-", options, { kind: "map", mapper });
  }

  mapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => V2,
    options: Named & ValueSerde<NoInfer<V2>> = {},
  ): KStream<K, V2> {
    return this.#withNewValues("KSTREAM-MAPVALUES-", options, { kind: "mapValues", mapper });
  }

  flatMap<K2, V2>(
    mapper: (key: K, value: V, context: RecordContext) => Iterable<readonly [K2, V2]>,
    options: Serdes<NoInfer<K2>, NoInfer<V2>> = {},
  ): KStream<K2, V2> {
    return this.#withNewKeysAndValues("KSTREAM-FLATMAP-", options, { kind: "flatMap", mapper });
  }

  flatMapValues<V2>(
    mapper: (value: V, key: K, context: RecordContext) => Iterable<V2>,
    options: Named & ValueSerde<NoInfer<V2>> = {},
  ): KStream<K, V2> {
    return this.#withNewValues("KSTREAM-FLATMAPVALUES-", options, { kind: "flatMapValues", mapper });
  }

  mapAsync<K2, V2>(
    mapper: (key: K, value: V, context: AsyncRecordContext) => PromiseLike<readonly [K2, V2]> | readonly [K2, V2],
    options: AsyncNamed & Serdes<NoInfer<K2>, NoInfer<V2>> = {},
  ): KStream<K2, V2> {
    const operator = { kind: "async", verb: { kind: "mapAsync", mapper }, settings: asyncSettings(options) } as const;
    return this.#withNewKeysAndValues("KSTREAM-MAP-ASYNC-", options, operator);
  }

  mapValuesAsync<V2>(
    mapper: (value: V, key: K, context: AsyncRecordContext) => PromiseLike<V2> | V2,
    options: AsyncNamed & ValueSerde<NoInfer<V2>> = {},
  ): KStream<K, V2> {
    const operator = {
      kind: "async",
      verb: { kind: "mapValuesAsync", mapper },
      settings: asyncSettings(options),
    } as const;
    return this.#withNewValues("KSTREAM-MAPVALUES-ASYNC-", options, operator);
  }

  flatMapValuesAsync<V2>(
    mapper: (value: V, key: K, context: AsyncRecordContext) => PromiseLike<Iterable<V2>> | Iterable<V2>,
    options: AsyncNamed & ValueSerde<NoInfer<V2>> = {},
  ): KStream<K, V2> {
    const verb = { kind: "flatMapValuesAsync", mapper } as const;
    const operator = { kind: "async", verb, settings: asyncSettings(options) } as const;
    return this.#withNewValues("KSTREAM-FLATMAPVALUES-ASYNC-", options, operator);
  }

  forEachAsync(
    action: (key: K, value: V, context: AsyncRecordContext) => PromiseLike<unknown> | void,
    options: AsyncNamed = {},
  ): void {
    const verb = { kind: "forEachAsync", action } as const;
    this.#step("KSTREAM-FOREACH-ASYNC-", options, { kind: "async", verb, settings: asyncSettings(options) });
  }

  selectKey<K2>(
    selector: (key: K, value: V, context: RecordContext) => K2,
    options: Named & KeySerde<NoInfer<K2>> = {},
  ): KStream<K2, V> {
    return new StreamHandle(this.#selectKey(selector, options));
  }

  peek(action: (key: K, value: V, context: RecordContext) => void, options: Named = {}): KStream<K, V> {
    return new StreamHandle(this.#step("KSTREAM-PEEK-", options, { kind: "peek", action }));
  }

  forEach(action: (key: K, value: V, context: RecordContext) => void, options: Named = {}): void {
    this.#step("KSTREAM-FOREACH-", options, { kind: "forEach", action });
  }

  print(options: PrintOptions<K, V> = {}): void {
    const { label = this.#flow.node.name, format = printedRecord, write = printToStandardOutput } = options;
    this.#step("KSTREAM-PRINTER-", options, { kind: "print", print: { label, format, write } });
  }

  merge<V2>(other: KStream<K, V2>, options: Named = {}): KStream<K, V | V2> {
    const { plan, node: left } = this.#flow;
    if (!(other instanceof StreamHandle))
      throw new InvalidArgumentError("merge() takes a stream made by a StreamsBuilder.");
    const right = other.#flow;
    if (right.plan !== plan)
      throw new TopologyError("merge() takes a stream of the same StreamsBuilder: this one is of another.");
    const name = plan.numbers.processor("KSTREAM-MERGE-", options.name);
    const node = plan.append({ kind: "streamStep", name, parents: [left, right.node], operator: { kind: "merge" } });
    return new StreamHandle({
      ...this.#flow,
      node,
      key: mergedSlot(this.#flow.key, right.key, name),
      value: mergedSlot(this.#flow.value, right.value, name),
      marked: this.#flow.marked || right.marked,
    });
  }

  split(options?: Named): BranchedStream<K, V>;
  split<const B extends Predicates<K, V>>(branches: B, options?: Named): { readonly [P in keyof B]: KStream<K, V> };
  split(
    first: Named | Predicates<K, V> = {},
    options: Named = {},
  ): BranchedStream<K, V> | Record<string, KStream<K, V>> {
    return isPredicates(first)
      ? splitByRecord(this.#flow, first, options)
      : new BranchedHandle<K, V>(this.#flow, first);
  }

  repartition(options: RepartitionOptions<K, V> = {}): KStream<K, V> {
    const { plan, node: parent } = this.#flow;
    const { partitions = null, partitioner = null } = options;
    const prefix = options.name ?? plan.numbers.numbered("KSTREAM-REPARTITION-");
    const key = keptSlot(options.key, this.#flow.key);
    const value = keptSlot(options.value, this.#flow.value);
    const names = repartitionNames(plan.numbers, prefix);
    const node = plan.append({
      kind: "repartition",
      name: names.source,
      parents: [parent],
      verb: "repartition()",
      names,
      named: options.name !== undefined,
      mergeable: false,
      key,
      value,
      partitions,
      partitioner,
    });
    return new StreamHandle({ ...this.#flow, node, key, value, marked: false });
  }

  to(topic: string | TopicNameExtractor<K, V>, options: ProducedOptions<K, V> = {}): void {
    const { plan, node: parent } = this.#flow;
    const { partitioner = null } = options;
    const name = plan.numbers.processor("KSTREAM-SINK-", options.name);
    const key = keptSlot(options.key, this.#flow.key);
    const value = keptSlot(options.value, this.#flow.value);
    plan.append({ kind: "sink", name, parents: [parent], topic, key, value, partitioner });
  }

  toTable(options: Materialized<NN<K>, NN<V>> = {}): KTable<NN<K>, NN<V>> {
    const { plan, handles } = this.#flow;
    const name = plan.numbers.processor("KSTREAM-TOTABLE-", options.name);
    const givenName = givenStoreName(options);
    const storeName = givenName ?? plan.numbers.store("KSTREAM-TOTABLE-");
    const key = keptSlot(options.key, this.#flow.key);
    const value = keptSlot(options.value, this.#flow.value);
    const parent = this.#flow.marked
      ? appendRepartition(this.#flow, {
          prefix: name,
          verb: "toTable()",
          named: options.name !== undefined,
          key,
          value,
        })
      : this.#flow.node;
    const store = storeSpec(options, storeName, { key, value });
    const materialized = givenName !== undefined;
    const node = plan.append({ kind: "toTable", name, parents: [parent], store, materialized });
    return handles.table({ plan, handles, node, key, value });
  }

  groupByKey(options: Serdes<NN<K>, V> = {}): KGroupedStream<NN<K>, NN<V>> {
    return grouped(this.#flow, options);
  }

  groupBy<K2>(
    selector: (key: K, value: V, context: RecordContext) => K2,
    options: Serdes<NN<NoInfer<K2>>, V> = {},
  ): KGroupedStream<NN<K2>, NN<V>> {
    return grouped(this.#selectKey(selector, options), options);
  }

  process<K2, V2>(
    processor: ProcessorFactory<K, V, K2, V2>,
    options: ProcessOptions & Serdes<NoInfer<K2>, NoInfer<V2>> = {},
  ): KStream<K2, V2> {
    const flow = this.#userStep("KSTREAM-PROCESSOR-", options, userProcessor(processor));
    const key = changedSlot(options.key, flow.node.name);
    return new StreamHandle({ ...flow, key, marked: true });
  }

  processValues<V2>(
    processor: FixedKeyProcessorFactory<K, V, V2>,
    options: ProcessOptions & Named & ValueSerde<NoInfer<V2>> = {},
  ): KStream<K, V2> {
    return new StreamHandle(this.#userStep("KSTREAM-PROCESSVALUES-", options, fixedKeyProcessor(processor)));
  }

  #joinVerb(join: JoinKind): unknown {
    return (other: unknown, joiner: ErasedJoiner, options?: object) => this.#join(join, other, joiner, options);
  }

  #join(join: JoinKind, other: unknown, joiner: ErasedJoiner, options: object | undefined): KStream<never, never> {
    const flow = this.#flow;
    if (other instanceof StreamHandle) {
      const left = { flow, repartition: this.#repartition };
      const right = { flow: other.#flow, repartition: other.#repartition };
      const verb = verbOf[join];
      return new StreamHandle(appendStreamJoin({ verb, left, right, joiner, options: options as never }));
    }
    const call = { left: join === "left", joiner };
    if (other instanceof GlobalTableHandle) {
      return new StreamHandle(joinGlobalTable(flow, other, { ...call, options: options as never }));
    }
    if (other instanceof TableHandle) {
      return new StreamHandle(joinTable(flow, this.#repartition, other, { ...call, options: options ?? {} }));
    }
    throw new InvalidArgumentError(
      `${verbOf[join]} takes a stream, a table or a global table made by a StreamsBuilder.`,
    );
  }

  #withNewValues<V2>(prefix: string, options: Named & ValueSerde<V2>, operator: StreamOperator): KStream<K, V2> {
    const flow = this.#step(prefix, options, operator);
    return new StreamHandle({ ...flow, value: changedSlot(options.value, flow.node.name) });
  }

  #withNewKeysAndValues<K2, V2>(prefix: string, options: Serdes<K2, V2>, operator: StreamOperator): KStream<K2, V2> {
    const flow = this.#step(prefix, options, operator);
    const key = changedSlot(options.key, flow.node.name);
    const value = changedSlot(options.value, flow.node.name);
    return new StreamHandle({ ...flow, key, value, marked: true });
  }

  #selectKey(
    selector: (key: K, value: V, context: RecordContext) => unknown,
    options: Named & KeySerde<unknown>,
  ): Flow {
    const flow = this.#step("KSTREAM-KEY-SELECT-", options, { kind: "selectKey", selector });
    return { ...flow, key: changedSlot(options.key, flow.node.name), marked: true };
  }

  /** One operator more; serdes and mark as they are. */
  #step(prefix: string, options: Named, operator: StreamOperator): Flow {
    const { plan, node: parent } = this.#flow;
    const name = plan.numbers.processor(prefix, options.name);
    return { ...this.#flow, node: plan.append({ kind: "streamStep", name, parents: [parent], operator }) };
  }

  #userStep(prefix: string, options: ProcessOptions & Named & ValueSerde<unknown>, supplier: ProcessorSupplier): Flow {
    const { plan, node: parent } = this.#flow;
    // Unlike other verbs, those with processors draw no number when they are named.
    const name = options.name ?? plan.numbers.numbered(prefix);
    validateName(name);
    const stores = Object.freeze([...(options.stores ?? [])]);
    const node = plan.append({ kind: "userStep", name, parents: [parent], supplier, stores });
    return { ...this.#flow, node, value: changedSlot(options.value, name) };
  }
}

function grouped<K, V>(flow: Flow, options: Serdes<K, V>): KGroupedStream<NN<K>, NN<V>> {
  if (options.name !== undefined) validateName(options.name);
  const key = keptSlot(options.key, flow.key);
  const value = keptSlot(options.value, flow.value);
  return new GroupedStreamHandle({ ...flow, key, value }, options.name);
}

function isPredicates<K, V>(candidate: Named | Predicates<K, V>): candidate is Predicates<K, V> {
  return Object.values(candidate).some((value) => typeof value === "function");
}
