import type { PlanNode } from "./plan-node.js";

/**
 * Whether a table's updates are those of a versioned one (KIP-914): it is kept in a versioned store, or it is not kept and
 * all it is made of is versioned. A join of tables is not, unless it is kept so (J10).
 */
export function isVersioned(node: PlanNode): boolean {
  if ("store" in node && node.store !== null) return node.store.kind === "versioned-key-value";
  if (node.kind === "tableJoin" || node.kind === "tableSuppress" || node.parents.length === 0) return false;
  return node.parents.every(isVersioned);
}
