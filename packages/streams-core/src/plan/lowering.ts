import type { ProcessorSupplier } from "../model/index.js";
import { passThrough, streamBranch, tableSelect } from "../processors/index.js";
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
  CogroupAggregation,
  CogroupMerge,
  ComposedTable,
  OperatorNode,
  Branch,
  PlanNode,
  TableGroupBy,
  TableNode,
  TableSuppress,
  UserStep,
} from "./plan-node.js";
import { requireNames } from "./require-names.js";
import { type DefaultSerdes, SerdeResolver } from "./serde-resolver.js";
import type { StoreSpec } from "./store-spec.js";
import { TableNeeds } from "./table-needs.js";
import { isVersioned } from "./versioned-tables.js";
import { writeForeignKeyJoin } from "./write-foreign-key-join.js";
import { isJoin, writeJoin, type AnyJoin, type WritingContext } from "./write-joins.js";
import { storeBuilderOf } from "./store-builder-of.js";
import { removeSecondWindows, writeJoinWindow, writeStreamJoin } from "./write-stream-join.js";
import { tableSourceProcessors, writeRoot } from "./write-roots.js";
import { writeSuppress } from "./write-suppress.js";
import { writeTopic } from "./write-topics.js";
import { writingOrder } from "./writing-order.js";

/** Turns logical nodes into physical ones, one plan at a time. */
class Lowering {
  readonly #topology = new TopologyBuilder();
  readonly #graph: Graph;
  readonly #needs: TableNeeds;
  readonly #reusesSourceTopics: boolean;
  readonly #nullKeyPaths: ReadonlySet<PlanNode>;

  readonly #context: WritingContext;

  constructor(plan: Plan, defaults: DefaultSerdes, options: BuildOptions) {
    this.#graph = new Graph(plan);
    this.#needs = new TableNeeds(plan.nodes);
    const serdes = new SerdeResolver(defaults);
    this.#context = {
      topology: this.#topology,
      graph: this.#graph,
      needs: this.#needs,
      serdes,
      storeBuilder: (spec, nodeName) => storeBuilderOf(spec, nodeName, serdes),
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
        return writeRoot(node, this.#context, this.#reusesSourceTopics);
      case "repartition":
      case "tableRepartition":
      case "sink":
        return writeTopic(node, this.#context, this.#nullKeyPaths);
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

  #cogroupProcessors(node: CogroupAggregation): ProcessorSupplier {
    const { fold, windowing, sharedStore } = node;
    return foldProcessors(fold, windowing, sharedStore.name, this.#needs.of(node).sendOldValues);
  }

  #writeCogroupMerge(node: CogroupMerge): void {
    this.#writeProcessor(node, passThrough());
    const parents = this.#graph.parentsOf(node);
    this.#topology.addStateStore(
      this.#context.storeBuilder(node.store, node.name),
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
        return tableSourceProcessors(node, this.#context);
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

  #writeProcessor(node: PlanNode, processor: ProcessorSupplier): void {
    this.#topology.addProcessor({ name: node.name, processor, parents: this.#graph.parentNames(node) });
  }

  #addStore(spec: StoreSpec, nodeName: string): void {
    this.#topology.addStateStore(this.#context.storeBuilder(spec, nodeName), [nodeName]);
  }
}

/**
 * The topology that a plan means. Leaves the plan as it is, so that a builder can be built again. Throws TopologyError,
 * and MissingSerdeError where nobody says how something is written as bytes.
 */
export function lower(plan: Plan, defaults: DefaultSerdes, options: BuildOptions): Topology {
  return new Lowering(plan, defaults, options).run();
}
