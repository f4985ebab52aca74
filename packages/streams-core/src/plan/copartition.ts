import type { Graph } from "./graph.js";
import type { PlanNode } from "./plan-node.js";

/** Names of the physical sources that a node's records come from: the nearest ones up each line. */
export function sourceNamesAbove(graph: Graph, node: PlanNode): readonly string[] {
  const names = new Set<string>();
  collect(graph, node, names);
  return [...names];
}

function collect(graph: Graph, node: PlanNode, names: Set<string>): void {
  switch (node.kind) {
    case "streamSource":
    case "tableRepartition":
      names.add(node.name);
      return;
    case "tableSource":
      names.add(node.sourceName);
      return;
    case "repartition":
      names.add(node.names.source);
      return;
    case "foreignKeyJoin":
      names.add(node.names.responseSource);
      return collect(graph, node.left, names);
    default:
      for (const parent of graph.parentsOf(node)) collect(graph, parent, names);
  }
}
