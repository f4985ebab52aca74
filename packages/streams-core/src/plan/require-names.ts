import { TopologyError } from "../model/index.js";
import type { PlanNode } from "./plan-node.js";
import type { TableNeeds } from "./table-needs.js";

/** Throws TopologyError, with a list, for stores and internal topics that the user gave no name (KIP-1111). */
export function requireNames(nodes: readonly PlanNode[], needs: TableNeeds): void {
  const stores: string[] = [];
  const changelogs: string[] = [];
  const repartitions: string[] = [];
  for (const node of nodes) {
    if (node.kind === "repartition" && !node.named) repartitions.push(node.names.topic);
    if (node.kind === "tableRepartition" && !node.named) repartitions.push(node.topic);
    if (!("store" in node) || node.store === null || node.store.named || !needs.of(node).materialized) continue;
    stores.push(node.store.name);
    if (node.store.logging) changelogs.push(`${node.store.name}-changelog`);
  }
  const lists = [
    ["stores", stores],
    ["changelog topics", changelogs],
    ["repartition topics", repartitions],
  ] as const;
  const unnamed = lists.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${names.join(", ")}`);
  if (unnamed.length === 0) return;
  throw new TopologyError(
    `These have no names of yours: ${unnamed.join("; ")}. Give each aggregation and table a \`store\`, and each grouping and repartition a \`name\`.`,
  );
}
