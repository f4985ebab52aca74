import type { ProcessorSupplier, StoreBuilder, StreamPartitioner, TopicNameExtractor } from "../model/index.js";
import { changeSerde, dropNullKeys, passThrough, streamBranch, tableSelect, tableSource } from "../processors/index.js";
import { windowedPartitioner } from "../serde/index.js";
import { Topology, TopologyBuilder } from "../topology/index.js";
import { wants, type BuildOptions } from "./build-options.js";
import { sourceNamesAbove } from "./copartition.js";
import { Graph } from "./graph.js";
import { mergeRepartitions } from "./merge-repartitions.js";
import { mergeSources } from "./merge-sources.js";
import { foldProcessors, streamProcessors, tableFoldProcessors, tableProcessors } from "./operator-processors.js";
import { nodesAboveNullKeyJoins } from "./null-key-relaxation.js";
import type { Plan } from "./plan.js";
import type {
  AddedGlobalStore,
  AddedStore,
  CogroupAggregation,
  CogroupMerge,
  ComposedTable,
  GlobalTable,
  OperatorNode,
  Branch,
  PlanNode,
  Repartition,
  Sink,
  StreamSource,
  TableGroupBy,
  TableNode,
  TableRepartition,
  TableSource,
  TableSuppress,
  ToTable,
  UserStep,
} from "./plan-node.js";
import { requireNames } from "./require-names.js";
import { type DefaultSerdes, SerdeResolver } from "./serde-resolver.js";
import type { StoreSpec } from "./store-spec.js";
import { TableNeeds } from "./table-needs.js";
import { isVersioned } from "./versioned-tables.js";
import { writeForeignKeyJoin } from "./write-foreign-key-join.js";
import { isJoin, writeJoin, type AnyJoin, type WritingContext } from "./write-joins.js";
import { removeSecondWindows, writeJoinWindow, writeStreamJoin } from "./write-stream-join.js";
import { writeSuppress } from "./write-suppress.js";
import { writingOrder } from "./writing-order.js";

/** Repartition topics keep the timestamps they were written with, whatever extractor the app has. */
const writtenTimestamp = (record: { readonly timestamp: number }): number => record.timestamp;

/** Turns logical nodes into physical ones, one plan at a time. */
class Lowering {
  readonly #topology = new TopologyBuilder();
  readonly #graph: Graph;
  readonly #needs: TableNeeds;
  readonly #serdes: SerdeResolver;
  readonly #reusesSourceTopics: boolean;
  readonly #nullKeyPaths: ReadonlySet<PlanNode>;

  readonly #context: WritingContext;

  constructor(plan: Plan, defaults: DefaultSerdes, options: BuildOptions) {
    this.#graph = new Graph(plan);
    this.#needs = new TableNeeds(plan.nodes);
    this.#serdes = new SerdeResolver(defaults);
    this.#context = {
      topology: this.#topology,
      graph: this.#graph,
      needs: this.#needs,
      serdes: this.#serdes,
      storeBuilder: (spec, nodeName) => this.#storeBuilder(spec, nodeName),
    };
    this.#reusesSourceTopics = wants("reuse.ktable.source.topics", options);
    mergeSources(this.#graph, defaults);
    if (wants("merge.repartition.topics", options)) mergeRepartitions(this.#graph);
    if (wants("single.store.self.join", options)) removeSecondWindows(this.#graph);
    this.#nullKeyPaths = nodesAboveNullKeyJoins(this.#graph);
    if (options.requireNames === true) requireNames(this.#graph.nodes, this.#needs);
  }

  run(): Topology {
    for (const node of writingOrder(this.#graph)) this.#write(node);
    return Topology.of(this.#topology);
  }

  #write(node: PlanNode): void {
    switch (node.kind) {
      case "streamSource":
      case "tableSource":
      case "globalTable":
      case "addedStore":
      case "addedGlobalStore":
        return this.#writeRoot(node);
      case "repartition":
      case "tableRepartition":
      case "sink":
        return this.#writeTopic(node);
      default:
        return isJoin(node) ? this.#writeJoin(node) : this.#writeOperator(node);
    }
  }

  #writeJoin(node: AnyJoin): void {
    switch (node.kind) {
      case "foreignKeyJoin":
        return writeForeignKeyJoin(node, this.#context);
      case "joinWindow":
        return writeJoinWindow(node, this.#context);
      case "streamJoin":
        return writeStreamJoin(node, this.#context);
      default:
        return writeJoin(node, this.#context);
    }
  }

  #writeRoot(node: StreamSource | TableSource | GlobalTable | AddedStore | AddedGlobalStore): void {
    switch (node.kind) {
      case "streamSource":
        return this.#writeStreamSource(node);
      case "tableSource":
        return this.#writeTableSource(node);
      case "globalTable":
        return this.#writeGlobalTable(node);
      case "addedStore":
        return this.#topology.addStateStore(node.builder);
      case "addedGlobalStore":
        return this.#writeGlobalStore(node);
    }
  }

  #writeTopic(node: Repartition | TableRepartition | Sink): void {
    switch (node.kind) {
      case "repartition":
        return this.#writeRepartition(node);
      case "tableRepartition":
        return this.#writeTableRepartition(node);
      case "sink":
        return this.#writeSink(node);
    }
  }

  #writeOperator(node: OperatorNode | TableSuppress): void {
    switch (node.kind) {
      case "streamStep":
        return this.#writeProcessor(node, streamProcessors(node.operator));
      case "split":
        return this.#writeProcessor(node, this.#splitProcessors(node));
      case "branch":
        return this.#writeProcessor(node, passThrough());
      case "userStep":
        return this.#writeUserStep(node);
      case "tableSuppress":
        return writeSuppress(node, this.#context);
      case "tableGroupBy":
        return this.#writeProcessor(node, this.#groupByProcessors(node));
      case "cogroupAggregation":
        return this.#writeProcessor(node, this.#cogroupProcessors(node));
      case "cogroupMerge":
        return this.#writeCogroupMerge(node);
      default:
        return this.#writeTable(node);
    }
  }

  #writeUserStep(node: UserStep): void {
    this.#writeProcessor(node, node.supplier);
    if (node.stores.length > 0) this.#topology.connectProcessorAndStateStores(node.name, node.stores);
  }

  #writeStreamSource(node: StreamSource): void {
    const what = `stream(${node.pattern?.toString() ?? node.topics.join(", ")})`;
    this.#topology.addSource({
      name: node.name,
      topics: node.pattern ?? node.topics,
      key: this.#serdes.key(node.key, node.name, what),
      value: this.#serdes.value(node.value, node.name, what),
      timestampExtractor: node.timestampExtractor ?? undefined,
      offsetReset: node.offsetReset ?? undefined,
    });
  }

  #writeTableSource(node: TableSource): void {
    const what = `table(${node.topic})`;
    this.#topology.addSource({
      name: node.sourceName,
      topics: node.topic,
      key: this.#serdes.key(node.key, node.name, what),
      value: this.#serdes.value(node.value, node.name, what),
      timestampExtractor: node.timestampExtractor ?? undefined,
      offsetReset: node.offsetReset ?? undefined,
    });
    this.#topology.addProcessor({
      name: node.name,
      processor: this.#tableSourceProcessors(node),
      parents: [node.sourceName],
    });
    if (!this.#needs.of(node).materialized) return;
    this.#addStore(this.#reusesSourceTopics ? { ...node.store, logging: false } : node.store, node.name);
    if (this.#reusesSourceTopics) this.#topology.connectSourceStoreAndTopic(node.store.name, node.topic);
  }

  #cogroupProcessors(node: CogroupAggregation): ProcessorSupplier {
    const { fold, windowing, sharedStore } = node;
    return foldProcessors(fold, windowing, sharedStore.name, this.#needs.of(node).sendOldValues);
  }

  #writeCogroupMerge(node: CogroupMerge): void {
    this.#writeProcessor(node, passThrough());
    const parents = this.#graph.parentsOf(node);
    this.#topology.addStateStore(
      this.#storeBuilder(node.store, node.name),
      parents.map((parent) => parent.name),
    );
    const groups = parents.flatMap((parent) => this.#graph.parentsOf(parent));
    // As Kafka Streams has it, the topics before the repartition topics it made are what must be partitioned alike.
    const inputs = groups.flatMap((group) =>
      group.kind === "repartition" && group.mergeable ? this.#graph.parentsOf(group) : [group],
    );
    this.#topology.copartitionSources([...new Set(inputs.flatMap((input) => sourceNamesAbove(this.#graph, input)))]);
  }

  #writeTable(node: Exclude<TableNode, ComposedTable | CogroupMerge>): void {
    const { sendOldValues, materialized } = this.#needs.of(node);
    this.#writeProcessor(node, this.#tableProcessors(node, sendOldValues));
    if (materialized && node.store !== null) this.#addStore(node.store, node.name);
  }

  #tableProcessors(node: Exclude<TableNode, ComposedTable | CogroupMerge>, sendOldValues: boolean): ProcessorSupplier {
    switch (node.kind) {
      case "toTable":
        return this.#tableSourceProcessors(node);
      case "streamAggregation":
        return foldProcessors(node.fold, node.windowing, node.store.name, sendOldValues);
      case "tableAggregation":
        return tableFoldProcessors(node.fold, node.store.name, sendOldValues);
      case "tableStep":
        return tableProcessors(node.operator, {
          store: node.store?.name ?? null,
          sendOldValues,
          versioned: isVersioned(node.parents[0]!),
        });
    }
  }

  #tableSourceProcessors(node: TableSource | ToTable): ProcessorSupplier {
    const { materialized, sendOldValues } = this.#needs.of(node);
    return tableSource({ store: materialized ? node.store.name : null, sendOldValues });
  }

  #groupByProcessors({ mapper, parents }: TableGroupBy): ProcessorSupplier {
    return tableSelect({ mapper, versioned: isVersioned(parents[0]!) });
  }

  #splitProcessors(split: PlanNode): ProcessorSupplier {
    const branches = this.#graph.childrenOf(split).filter((node): node is Branch => node.kind === "branch");
    const predicates = branches.map((branch) => branch.predicate).filter((predicate) => predicate !== null);
    return streamBranch(
      predicates,
      branches.map((branch) => branch.name),
    );
  }

  #writeRepartition(node: Repartition): void {
    const { topic, filter, sink, source } = node.names;
    const what = `${node.verb}, repartition topic ${topic}`;
    const key = this.#serdes.key(node.key, node.name, what);
    const value = this.#serdes.value(node.value, node.name, what);
    const partitioner = (node.partitioner ?? undefined) as StreamPartitioner | undefined;
    const processor = this.#nullKeyPaths.has(node) ? passThrough() : dropNullKeys();
    this.#topology.addInternalTopic({ name: topic, partitions: node.partitions });
    this.#topology.addProcessor({ name: filter, processor, parents: this.#parentNames(node) });
    this.#topology.addSink({ name: sink, topic, key, value, parents: [filter], partitioner });
    this.#topology.addSource({ name: source, topics: topic, key, value, timestampExtractor: writtenTimestamp });
  }

  #writeTableRepartition(node: TableRepartition): void {
    const { topic, sinkName, name } = node;
    const what = `groupBy(), repartition topic ${topic}`;
    const key = this.#serdes.key(node.key, node.name, what);
    const value = changeSerde(this.#serdes.value(node.value, node.name, what));
    this.#topology.addInternalTopic({ name: topic, partitions: null });
    this.#topology.addSink({ name: sinkName, topic, key, value, parents: this.#parentNames(node) });
    this.#topology.addSource({ name, topics: topic, key, value, timestampExtractor: writtenTimestamp });
  }

  #writeSink(node: Sink): void {
    const topic = typeof node.topic === "string" ? node.topic : node.topic.name || "topic extractor";
    const what = `to(${topic})`;
    const key = this.#serdes.key(node.key, node.name, what);
    this.#topology.addSink({
      name: node.name,
      topic: node.topic as string | TopicNameExtractor,
      key,
      value: this.#serdes.value(node.value, node.name, what),
      partitioner: (node.partitioner as StreamPartitioner | null) ?? windowedPartitioner(key),
      parents: this.#parentNames(node),
    });
  }

  #writeGlobalStore(node: AddedGlobalStore): void {
    const what = `addGlobalStore(${node.builder.name})`;
    this.#topology.addGlobalStore({
      // Its topic is its backup: a changelog would be a second copy.
      store: Object.freeze({ ...node.builder, logging: false }),
      sourceName: node.sourceName,
      topic: node.topic,
      key: this.#serdes.key(node.key, node.name, what),
      value: this.#serdes.value(node.value, node.name, what),
      timestampExtractor: node.timestampExtractor ?? undefined,
      processorName: node.name,
      processor: node.supplier,
    });
  }

  #writeGlobalTable(node: GlobalTable): void {
    const what = `globalTable(${node.topic})`;
    this.#topology.addGlobalStore({
      store: this.#storeBuilder(node.store, node.name),
      sourceName: node.sourceName,
      topic: node.topic,
      key: this.#serdes.key(node.key, node.name, what),
      value: this.#serdes.value(node.value, node.name, what),
      timestampExtractor: node.timestampExtractor ?? undefined,
      processorName: node.name,
      processor: tableSource({ store: node.store.name, sendOldValues: false }) as ProcessorSupplier,
    });
  }

  #writeProcessor(node: PlanNode, processor: ProcessorSupplier): void {
    this.#topology.addProcessor({ name: node.name, processor, parents: this.#parentNames(node) });
  }

  #addStore(spec: StoreSpec, nodeName: string): void {
    this.#topology.addStateStore(this.#storeBuilder(spec, nodeName), [nodeName]);
  }

  #storeBuilder(spec: StoreSpec, nodeName: string): StoreBuilder {
    const what = `store ${spec.name}`;
    return Object.freeze({
      name: spec.name,
      kind: spec.kind,
      key: this.#serdes.key(spec.key, nodeName, what),
      value: this.#serdes.value(spec.value, nodeName, what),
      caching: spec.caching,
      logging: spec.logging,
      changelogConfig: spec.changelogConfig,
      engine: spec.engine,
      ...(spec.maxEntries === null ? {} : { maxEntries: spec.maxEntries }),
      ...(spec.retentionMs === undefined ? {} : { retentionMs: spec.retentionMs }),
      ...(spec.segmentIntervalMs === undefined ? {} : { segmentIntervalMs: spec.segmentIntervalMs }),
      ...(spec.forgetsTimestamps === undefined ? {} : { forgetsTimestamps: spec.forgetsTimestamps }),
      ...(spec.windowSizeMs === undefined ? {} : { windowSizeMs: spec.windowSizeMs }),
      ...(spec.retainDuplicates === undefined ? {} : { retainDuplicates: spec.retainDuplicates }),
      ...(spec.logHeaders === undefined ? {} : { logHeaders: spec.logHeaders }),
      ...(spec.otherValue === undefined ? {} : { otherValue: this.#serdes.value(spec.otherValue, nodeName, what) }),
      ...(spec.timeOrdered === undefined ? {} : { timeOrdered: spec.timeOrdered }),
    });
  }

  #parentNames(node: PlanNode): readonly string[] {
    return this.#graph.parentsOf(node).map((parent) => parent.name);
  }
}

/**
 * The topology that a plan means. Leaves the plan as it is, so that a builder can be built again. Throws TopologyError,
 * and MissingSerdeError where nobody says how something is written as bytes.
 */
export function lower(plan: Plan, defaults: DefaultSerdes, options: BuildOptions): Topology {
  return new Lowering(plan, defaults, options).run();
}
