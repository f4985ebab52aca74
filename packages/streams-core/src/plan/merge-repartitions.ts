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

/** Where streams with changed keys meet before they are repartitioned, the place is behind the meeting. */
function moveBehindMerges(graph: Graph, groups: Groups): void {
  const moved = new Set<PlanNode>();
  const merges: Groups = new Map();
  for (const merge of graph.nodes.filter(isMerge)) {
    const together = new Set<Repartition>();
    for (const [keyChange, repartitions] of groups) {
      const allBehind = [...repartitions].every((node) => childOnWay(graph, merge, node) !== null);
      if (!allBehind || childOnWay(graph, keyChange, merge) === null) continue;
      for (const node of repartitions) together.add(node);
      moved.add(keyChange);
    }
    merges.set(merge, together);
  }
  for (const keyChange of moved) groups.delete(keyChange);
  for (const [merge, repartitions] of merges) groups.set(merge, repartitions);
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

function changesKey(node: PlanNode): boolean {
  return node.kind === "streamStep" && ["selectKey", "map", "flatMap"].includes(node.operator.kind);
}

function changesValue(node: PlanNode): boolean {
  return node.kind === "streamStep" && ["mapValues", "flatMapValues"].includes(node.operator.kind);
}

function isMerge(node: PlanNode): boolean {
  return node.kind === "streamStep" && node.operator.kind === "merge";
}
