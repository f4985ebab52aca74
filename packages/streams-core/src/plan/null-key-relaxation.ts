import type { Graph } from "./graph.js";
import type { PlanNode } from "./plan-node.js";

/**
 * The nodes with a left or outer join of streams somewhere below them. Such joins take records with a null key (KIP-962),
 * which the repartition topics on the way must let through; those elsewhere drop them (T7).
 */
export function nodesAboveNullKeyJoins(graph: Graph): ReadonlySet<PlanNode> {
  const above = new Set<PlanNode>();
  for (const node of graph.nodes) if (takesNullKeys(node)) addAncestors(graph, node, above);
  return above;
}

function addAncestors(graph: Graph, node: PlanNode, above: Set<PlanNode>): void {
  for (const parent of graph.parentsOf(node)) {
    if (above.has(parent)) continue;
    above.add(parent);
    addAncestors(graph, parent, above);
  }
}

function takesNullKeys(node: PlanNode): boolean {
  if (node.kind === "streamTableJoin" || node.kind === "streamGlobalJoin") return node.left;
  return node.kind === "streamJoin" && (node.parts.isLeftOuter || node.parts.isRightOuter);
}
