import type { Plan } from "./plan.js";
import type { PlanNode } from "./plan-node.js";

/** A working copy of a plan's links, for passes to rewrite; the nodes themselves stay as they are. */
export class Graph {
  readonly #parents = new Map<PlanNode, Set<PlanNode>>();
  readonly #children = new Map<PlanNode, Set<PlanNode>>();
  readonly #order = new Map<PlanNode, number>();

  constructor(plan: Plan) {
    for (const node of plan.nodes) this.add(node, plan.orderOf(node));
    for (const node of plan.nodes) for (const parent of node.parents) this.link(parent, node);
  }

  /** In the order in which they were added. */
  get nodes(): readonly PlanNode[] {
    return [...this.#order.keys()];
  }

  parentsOf(node: PlanNode): readonly PlanNode[] {
    return [...this.#parents.get(node)!];
  }

  parentNames(node: PlanNode): readonly string[] {
    return this.parentsOf(node).map(({ name }) => name);
  }

  /** In the order in which they were linked. */
  childrenOf(node: PlanNode): readonly PlanNode[] {
    return [...this.#children.get(node)!];
  }

  /** The order of writing, smallest first, where links leave a choice. */
  orderOf(node: PlanNode): number {
    return this.#order.get(node)!;
  }

  add(node: PlanNode, order: number): void {
    this.#order.set(node, order);
    this.#parents.set(node, new Set());
    this.#children.set(node, new Set());
  }

  link(parent: PlanNode, child: PlanNode): void {
    this.#children.get(parent)!.add(child);
    this.#parents.get(child)!.add(parent);
  }

  unlink(parent: PlanNode, child: PlanNode): void {
    this.#children.get(parent)!.delete(child);
    this.#parents.get(child)!.delete(parent);
  }

  /** Takes a node out together with its links. */
  remove(node: PlanNode): void {
    for (const parent of this.parentsOf(node)) this.unlink(parent, node);
    for (const child of this.childrenOf(node)) this.unlink(node, child);
    this.#order.delete(node);
  }

  /** The nearest of the node and its ancestors that matches, one parent's line after the other; null if none does. */
  nearest(node: PlanNode, matches: (candidate: PlanNode) => boolean): PlanNode | null {
    if (matches(node)) return node;
    for (const parent of this.#parents.get(node)!) {
      const found = this.nearest(parent, matches);
      if (found !== null) return found;
    }
    return null;
  }

  hasParent(node: PlanNode, parent: PlanNode): boolean {
    return this.#parents.get(node)!.has(parent);
  }
}
