import { TopologyError } from "../model/index.js";
import type { PlanNode } from "./plan-node.js";
import type { StoreSpec } from "./store-spec.js";
import type { TableNeeds } from "./table-needs.js";

/** Throws TopologyError, with a list, for stores and internal topics that the user gave no name (KIP-1111). */
export function requireNames(nodes: readonly PlanNode[], needs: TableNeeds): void {
  const stores: string[] = [];
  const changelogs: string[] = [];
  const repartitions: string[] = [];
  for (const node of nodes) {
    if (node.kind === "repartition" && !node.named) repartitions.push(node.names.topic);
    if (node.kind === "tableRepartition" && !node.named) repartitions.push(node.topic);
    if (node.kind === "foreignKeyJoin" && !node.named) {
      stores.push(node.names.store);
      changelogs.push(`${node.names.store}-changelog`);
      repartitions.push(node.names.subscriptionTopic, node.names.responseTopic);
    }
    const store = storeOf(node, needs);
    if (store === null || store.named) continue;
    stores.push(store.name);
    if (store.logging) changelogs.push(`${store.name}-changelog`);
  }
  const lists = [
    ["stores", stores],
    ["changelog topics", changelogs],
    ["repartition topics", repartitions],
  ] as const;
  const unnamed = lists.filter(([, names]) => names.length > 0).map(([what, names]) => `${what} ${names.join(", ")}`);
  if (unnamed.length === 0) return;
  throw new TopologyError(
    `These have no names of yours: ${unnamed.join("; ")}. Give each aggregation and table a \`store\`, and each grouping, repartition and join a \`name\`.`,
  );
}

function storeOf(node: PlanNode, needs: TableNeeds): StoreSpec | null {
  if (node.kind === "tableSuppress") return node.buffer;
  if (node.kind === "joinWindow") return node.store;
  if (node.kind === "streamJoin") return node.parts.unmatched;
  if (node.kind === "streamTableJoin") return node.grace?.buffer ?? null;
  if (!("store" in node)) return null;
  return isNumberedAnyway(node) || needs.of(node).materialized ? node.store : null;
}

/** As in Kafka Streams, tables that keep no rows are to be named as well: a verb behind them may make them keep some. */
function isNumberedAnyway({ kind }: PlanNode): boolean {
  return kind === "tableSource" || kind === "toTable" || kind === "foreignKeyJoin";
}
