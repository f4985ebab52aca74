import type { GlobalTable, Plan } from "../plan/index.js";
import type { GlobalKTable } from "./global-k-table.js";

/** GlobalKTable over a plan node. */
export class GlobalTableHandle<K, V> implements GlobalKTable<K, V> {
  readonly storeName: string;
  readonly #plan: Plan;

  constructor(plan: Plan, node: GlobalTable) {
    this.storeName = node.store.name;
    this.#plan = plan;
  }

  /** Whether it was made by the builder of that plan. */
  isOf(plan: Plan): boolean {
    return this.#plan === plan;
  }
}
