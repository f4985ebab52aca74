import type { Graph } from "./graph.js";
import type { PlanNode } from "./plan-node.js";

/**
 * Nodes in the order in which they go into the topology: parents and tables that are looked up first, then by the order of
 * the verbs.
 */
export function writingOrder(graph: Graph): readonly PlanNode[] {
  const remaining = [...graph.nodes].sort((a, b) => graph.orderOf(a) - graph.orderOf(b));
  const written = new Set<PlanNode>();
  const order: PlanNode[] = [];
  const isReady = (node: PlanNode) =>
    graph.parentsOf(node).every((parent) => written.has(parent)) &&
    (node.kind !== "streamTableJoin" || written.has(node.table));
  while (remaining.length > 0) {
    const [node] = remaining.splice(remaining.findIndex(isReady), 1);
    written.add(node!);
    order.push(node!);
  }
  return order;
}
