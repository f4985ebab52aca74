import type { Graph } from "./graph.js";
import type { PlanNode, Repartition } from "./plan-node.js";

type Groups = Map<PlanNode, Set<Repartition>>;

/**
 * Puts one repartition topic right behind a changed key, where there are several further down (R28,
 * `merge.repartition.topics`). It takes the name of the first. A verb in between that may change values keeps its own, as
 * the serde of what it was given is not known.
 */
export function mergeRepartitions(graph: Graph): void {
  const groups = byKeyChange(graph);
  moveBehindMerges(graph, groups);
  for (const [keyChange, repartitions] of groups) {
    if (repartitions.size > 0) replace(graph, keyChange, repartitions);
  }
}

function byKeyChange(graph: Graph): Groups {
  const groups: Groups = new Map();
  for (const node of graph.nodes) {
    if (changesKey(node)) groups.set(node, new Set());
    if (node.kind !== "repartition" || !node.mergeable) continue;
    const keyChange = graph.nearest(node, (ancestor) => changesKey(ancestor) || changesValue(ancestor));
    if (keyChange !== null && changesKey(keyChange)) groups.get(keyChange)!.add(node);
  }
  return groups;
}

/**
 * Where streams with changed keys meet before they are repartitioned, the place is behind the meeting: behind the last, if
 * they meet several times, and if there is no last, each grouping keeps its own topic. Kafka Streams fails on these two.
 */
function moveBehindMerges(graph: Graph, groups: Groups): void {
  const merges = graph.nodes.filter(isMerge);
  const moved: Groups = new Map();
  for (const [keyChange, repartitions] of groups) {
    const meetings = merges.filter(
      (merge) => isBehind(graph, keyChange, merge) && [...repartitions].every((node) => isBehind(graph, merge, node)),
    );
    if (meetings.length === 0) continue;
    groups.delete(keyChange);
    const last = meetings.find((merge) => meetings.every((other) => other === merge || isBehind(graph, other, merge)));
    if (last === undefined) continue;
    const together = moved.get(last) ?? new Set<Repartition>();
    for (const node of repartitions) together.add(node);
    moved.set(last, together);
  }
  for (const [merge, repartitions] of moved) groups.set(merge, repartitions);
}

function replace(graph: Graph, keyChange: PlanNode, repartitions: ReadonlySet<Repartition>): void {
  const single = singleOf(repartitions);
  graph.add(single, graph.orderOf(keyChange));
  for (const repartition of repartitions) {
    const child = childOnWay(graph, keyChange, repartition);
    // None where an earlier grouping shares the way and took it along. Kafka Streams fails there.
    if (child !== null) {
      graph.link(single, child);
      graph.unlink(keyChange, child);
    }
    for (const grandchild of graph.childrenOf(repartition)) {
      for (const parent of graph.parentsOf(repartition)) graph.link(parent, grandchild);
    }
    graph.remove(repartition);
  }
  graph.link(keyChange, single);
}

function singleOf(repartitions: ReadonlySet<Repartition>): Repartition {
  const [first] = repartitions;
  const { topic } = first!.names;
  const known = (side: "key" | "value") =>
    ([...repartitions].find((node) => node[side].serde !== null) ?? first!)[side];
  return Object.freeze({
    ...first!,
    name: `${topic}-source`,
    parents: [],
    names: { topic, sink: `${topic}-sink`, filter: `${topic}-filter`, source: `${topic}-source` },
    key: known("key"),
    value: known("value"),
  });
}

/** The child of `ancestor` through which `node` comes from it, possibly `node` itself; null if it does not. */
function childOnWay(graph: Graph, ancestor: PlanNode, node: PlanNode): PlanNode | null {
  return graph.nearest(node, (candidate) => graph.hasParent(candidate, ancestor));
}

function isBehind(graph: Graph, ancestor: PlanNode, node: PlanNode): boolean {
  return childOnWay(graph, ancestor, node) !== null;
}

function changesKey(node: PlanNode): boolean {
  return node.kind === "streamStep" && ["selectKey", "map", "flatMap"].includes(node.operator.kind);
}

function changesValue(node: PlanNode): boolean {
  return node.kind === "streamStep" && ["mapValues", "flatMapValues"].includes(node.operator.kind);
}

function isMerge(node: PlanNode): boolean {
  return node.kind === "streamStep" && node.operator.kind === "merge";
}
