import { NodeNumbers } from "./node-numbers.js";
import type { PlanNode } from "./plan-node.js";

/** The logical graph a builder's verbs append to. */
export class Plan {
  readonly numbers = new NodeNumbers();
  readonly #nodes: PlanNode[] = [];
  readonly #order = new Map<PlanNode, number>();
  #nextOrder = 0;

  /** Freezes the node and appends it. */
  append<N extends PlanNode>(node: N): N {
    Object.freeze(node);
    this.#nodes.push(node);
    this.#order.set(node, this.#nextOrder++);
    return node;
  }

  /**
   * Moves a node behind those appended so far, in the order of writing. Kafka Streams does so with a named repartition
   * topic that a second aggregation uses, and the order of nodes in a topology shows it.
   */
  reuse(node: PlanNode): void {
    this.#order.set(node, this.#nextOrder++);
  }

  /** In the order in which they were appended. */
  get nodes(): readonly PlanNode[] {
    return this.#nodes;
  }

  /** The order of writing, smallest first, where the graph leaves a choice. */
  orderOf(node: PlanNode): number {
    return this.#order.get(node)!;
  }
}
