import type { Plan } from "./plan.js";
import type { PlanNode } from "./plan-node.js";

/**
 * Nodes in the order in which they go into the topology: parents first, then by the order of the verbs. Nodes for which
 * another one stands are left out.
 */
export function writingOrder(plan: Plan, standIns: ReadonlyMap<PlanNode, PlanNode>): readonly PlanNode[] {
  const remaining = plan.nodes.filter((node) => !standIns.has(node)).sort((a, b) => plan.orderOf(a) - plan.orderOf(b));
  const written = new Set<PlanNode>();
  const order: PlanNode[] = [];
  const isReady = (node: PlanNode) => node.parents.every((parent) => written.has(standIns.get(parent) ?? parent));
  while (remaining.length > 0) {
    const [node] = remaining.splice(remaining.findIndex(isReady), 1);
    written.add(node!);
    order.push(node!);
  }
  return order;
}
