import {
  passThrough,
  streamJoinWindow,
  streamSelfJoin,
  streamStreamJoin,
  type StreamStreamJoiner,
} from "../processors/index.js";
import type { TopologyBuilder } from "../topology/index.js";
import { sourceNamesAbove } from "./copartition.js";
import type { Graph } from "./graph.js";
import type { JoinWindow, PlanNode, StreamJoin } from "./plan-node.js";
import type { WritingContext } from "./write-joins.js";

/** Takes out the second window of joins of a stream with itself: they find everything in the first (R28). */
export function removeSecondWindows(graph: Graph): void {
  for (const node of graph.nodes) {
    if (node.kind !== "streamJoin" || graph.parentsOf(node).length > 1) continue;
    const second = secondWindow(graph, node);
    if (second !== undefined) graph.remove(second);
  }
}

/** Adds the node that keeps one side's records, and its store. */
export function writeJoinWindow(node: JoinWindow, { topology, graph, storeBuilder }: WritingContext): void {
  const parents = graph.parentNames(node);
  topology.addProcessor({ name: node.name, processor: streamJoinWindow(node.store.name), parents });
  topology.addStateStore(storeBuilder(node.store, node.name), [node.name]);
}

/** Adds the nodes that join, the one where their results meet, and the store of what met nobody. */
export function writeStreamJoin(node: StreamJoin, context: WritingContext): void {
  const { topology, graph } = context;
  if (secondWindow(graph, node) === undefined) writeSelfJoin(node, topology);
  else writeSides(node, context);
  topology.copartitionSources(sourceNamesAbove(graph, node));
}

function writeSelfJoin({ name, parts }: StreamJoin, topology: TopologyBuilder): void {
  const { windows, leftStore, leftWindow } = parts;
  const processor = streamSelfJoin({ windows, joiner: joinerOf(parts), store: leftStore });
  topology.addProcessor({ name, processor, parents: [leftWindow] });
  topology.connectProcessorAndStateStores(name, [leftStore]);
}

function writeSides({ name, parts }: StreamJoin, { topology, storeBuilder }: WritingContext): void {
  const { unmatched, leftJoin, rightJoin } = parts;
  const { left, right } = streamStreamJoin({
    ...parts,
    joiner: joinerOf(parts),
    unmatchedStore: unmatched?.name ?? null,
  });
  topology.addProcessor({ name: leftJoin, processor: left, parents: [parts.leftWindow] });
  topology.connectProcessorAndStateStores(leftJoin, [parts.rightStore]);
  if (unmatched !== null) topology.addStateStore(storeBuilder(unmatched, leftJoin), [leftJoin]);
  topology.addProcessor({ name: rightJoin, processor: right, parents: [parts.rightWindow] });
  topology.connectProcessorAndStateStores(rightJoin, [parts.leftStore]);
  if (unmatched !== null) topology.connectProcessorAndStateStores(rightJoin, [unmatched.name]);
  topology.addProcessor({ name, processor: passThrough(), parents: [leftJoin, rightJoin] });
}

function secondWindow(graph: Graph, { parts }: StreamJoin): PlanNode | undefined {
  return graph.nodes.find(({ kind, name }) => kind === "joinWindow" && name === parts.rightWindow);
}

// Its types were checked where the verb was called.
function joinerOf({ joiner }: StreamJoin["parts"]): StreamStreamJoiner<unknown, unknown, unknown, unknown> {
  return joiner as StreamStreamJoiner<unknown, unknown, unknown, unknown>;
}
