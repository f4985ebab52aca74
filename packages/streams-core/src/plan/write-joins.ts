import { InvalidArgumentError, type ProcessorSupplier, type StoreBuilder } from "../model/index.js";
import {
  storeView,
  streamTableJoin,
  tableJoinMerge,
  tableJoinSide,
  waitingStreamTableJoin,
  type StreamTableJoiner,
  type TableJoiner,
} from "../processors/index.js";
import type { TopologyBuilder } from "../topology/index.js";
import { sourceNamesAbove } from "./copartition.js";
import type { Graph } from "./graph.js";
import type { ErasedJoiner } from "./operators.js";
import type {
  ForeignKeyJoin,
  JoinGrace,
  JoinNode,
  JoinWindow,
  PlanNode,
  StreamGlobalJoin,
  StreamJoin,
  StreamTableJoin,
  TableJoin,
} from "./plan-node.js";
import type { SerdeResolver } from "./serde-resolver.js";
import type { StoreSpec } from "./store-spec.js";
import type { TableNeeds } from "./table-needs.js";
import { viewOf } from "./table-views.js";
import { isVersioned } from "./versioned-tables.js";

/** What writing a node into a topology needs. */
export interface WritingContext {
  readonly topology: TopologyBuilder;
  readonly graph: Graph;
  readonly needs: TableNeeds;
  readonly serdes: SerdeResolver;
  storeBuilder(spec: StoreSpec, nodeName: string): StoreBuilder;
}

/** The joins of all kinds. */
export type AnyJoin = JoinNode | ForeignKeyJoin | JoinWindow | StreamJoin;

const JOINS: ReadonlySet<string> = new Set<AnyJoin["kind"]>([
  "tableJoin",
  "streamTableJoin",
  "streamGlobalJoin",
  "foreignKeyJoin",
  "joinWindow",
  "streamJoin",
]);

export function isJoin(node: PlanNode): node is AnyJoin {
  return JOINS.has(node.kind);
}

/** Writes the processors of a join and connects the stores that they look rows up in. */
export function writeJoin(node: JoinNode, context: WritingContext): void {
  switch (node.kind) {
    case "tableJoin":
      return writeTableJoin(node, context);
    case "streamTableJoin":
      return writeStreamTableJoin(node, context);
    case "streamGlobalJoin":
      return writeStreamGlobalJoin(node, context);
  }
}

function writeTableJoin(node: TableJoin, { topology, graph, needs, storeBuilder }: WritingContext): void {
  const { join: kind, left, right, leftName, rightName, name, store } = node;
  const { sendOldValues } = needs.of(node);
  const joiner = node.joiner as TableJoiner<unknown, unknown, unknown, unknown>;
  const leftView = viewOf(left);
  const rightView = viewOf(right);
  const shared = { kind, joiner, sendOldValues };
  const ofLeft = tableJoinSide({ ...shared, side: "left", other: rightView, versioned: isVersioned(left) });
  const ofRight = tableJoinSide({ ...shared, side: "right", other: leftView, versioned: isVersioned(right) });
  addProcessor(topology, leftName, ofLeft, [left.name]);
  addProcessor(topology, rightName, ofRight, [right.name]);
  const merge = tableJoinMerge({ store: store?.name ?? null, sendOldValues });
  addProcessor(topology, name, merge, [leftName, rightName]);
  if (store !== null) topology.addStateStore(storeBuilder(store, name), [name]);
  topology.connectProcessorAndStateStores(leftName, rightView.stores);
  topology.connectProcessorAndStateStores(rightName, leftView.stores);
  copartition(topology, graph, [left, right]);
}

function writeStreamTableJoin(node: StreamTableJoin, { topology, graph, storeBuilder }: WritingContext): void {
  const { table, left, name, grace } = node;
  const view = viewOf(table);
  const options = { table: view, joiner: streamJoiner(node.joiner), left, selectKey: null };
  if (grace === null) addProcessor(topology, name, streamTableJoin(options), graph.parentNames(node));
  else {
    requireHistory(topology, view.stores, grace, name);
    const waiting = waitingStreamTableJoin({ ...options, buffer: grace.buffer.name });
    addProcessor(topology, name, waiting, graph.parentNames(node));
    topology.addStateStore(storeBuilder(grace.buffer, name), [name]);
  }
  topology.connectProcessorAndStateStores(name, view.stores);
  copartition(topology, graph, [...graph.parentsOf(node), table]);
}

/** Late rows of a table can only be joined as of a time that its history reaches back to (KIP-923). */
function requireHistory(
  { stores }: TopologyBuilder,
  names: readonly string[],
  { graceMs }: JoinGrace,
  nodeName: string,
): void {
  for (const name of names) {
    const { kind, retentionMs = 0 } = stores.get(name)!.builder;
    if (kind !== "versioned-key-value") {
      throw new InvalidArgumentError(
        `${nodeName}: a join with graceMs needs a versioned table. Keep the table in a versioned store, given as its \`supplier\`.`,
      );
    }
    if (retentionMs < graceMs) {
      throw new InvalidArgumentError(
        `${nodeName}: graceMs is ${graceMs}, but store ${name} keeps its history for ${retentionMs} ms only. Keep it for longer.`,
      );
    }
  }
}

function writeStreamGlobalJoin(node: StreamGlobalJoin, { topology, graph }: WritingContext): void {
  const { storeName, left, selectKey, name } = node;
  const options = { table: storeView(storeName), joiner: streamJoiner(node.joiner), left, selectKey };
  addProcessor(topology, name, streamTableJoin(options), graph.parentNames(node));
}

// Their types were checked against each other where the verb was called.
function streamJoiner(joiner: ErasedJoiner): StreamTableJoiner<never, never, unknown, unknown> {
  return joiner as StreamTableJoiner<never, never, unknown, unknown>;
}

function addProcessor(topology: TopologyBuilder, name: string, processor: unknown, parents: readonly string[]): void {
  topology.addProcessor({ name, processor: processor as ProcessorSupplier, parents });
}

function copartition(topology: TopologyBuilder, graph: Graph, nodes: readonly PlanNode[]): void {
  const sources = new Set(nodes.flatMap((node) => sourceNamesAbove(graph, node)));
  topology.copartitionSources([...sources]);
}
