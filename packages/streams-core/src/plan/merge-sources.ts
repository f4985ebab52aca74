import type { OffsetReset } from "@millrace/kafka-client";
import { TopologyError } from "../model/index.js";
import type { Graph } from "./graph.js";
import type { StreamSource } from "./plan-node.js";
import type { DefaultSerdes } from "./serde-resolver.js";

/**
 * Lets the first of several sources of the same topics stand for all (T11). Throws TopologyError where topics overlap
 * without being the same, or are to be read in different ways. Kafka Streams refuses different reset policies only, and
 * then reads in the first one's way for all.
 */
export function mergeSources(graph: Graph, defaults: DefaultSerdes): void {
  const owners = new Map<string, StreamSource>();
  for (const node of graph.nodes) {
    if (node.kind !== "streamSource") continue;
    for (const subscription of subscriptionsOf(node)) {
      const owner: StreamSource = owners.get(subscription) ?? node;
      owners.set(subscription, owner);
      if (owner === node) continue;
      requireSameTopics(owner, node);
      requireSameReading(owner, node, defaults);
      giveTo(graph, owner, node);
    }
  }
}

function giveTo(graph: Graph, owner: StreamSource, other: StreamSource): void {
  for (const child of graph.childrenOf(other)) graph.link(owner, child);
  graph.remove(other);
}

function subscriptionsOf({ pattern, topics }: StreamSource): readonly string[] {
  // A space cannot be part of a topic's name, so patterns and topics do not meet.
  return pattern === null ? topics : [`pattern ${pattern}`];
}

function requireSameTopics(owner: StreamSource, other: StreamSource): void {
  const topics = new Set(owner.topics);
  if (topics.size === new Set(other.topics).size && other.topics.every((topic) => topics.has(topic))) return;
  throw new TopologyError(
    `${owner.name} reads ${owner.topics.join(", ")} and ${other.name} reads ${other.topics.join(", ")}: two stream() calls must read the same topics or have none in common. Read each topic by itself and merge().`,
  );
}

function requireSameReading(owner: StreamSource, other: StreamSource, defaults: DefaultSerdes): void {
  const differs =
    (["key", "value"] as const).find((side) => serdeName(owner, side, defaults) !== serdeName(other, side, defaults)) ??
    (owner.timestampExtractor === other.timestampExtractor ? null : "timestampExtractor") ??
    (sameReset(owner.offsetReset, other.offsetReset) ? null : "offsetReset");
  if (differs === null) return;
  throw new TopologyError(
    `${owner.name} and ${other.name} read the same topics with different \`${differs}\`, but a topic is read once. Give both the same, or call stream() once and use its stream twice.`,
  );
}

function serdeName(source: StreamSource, side: "key" | "value", defaults: DefaultSerdes): string | null {
  return (source[side].serde ?? defaults[side])?.name ?? null;
}

function sameReset(left: OffsetReset | null, right: OffsetReset | null): boolean {
  if (left === null || right === null || typeof left === "string" || typeof right === "string") return left === right;
  return left.byDurationMs === right.byDurationMs;
}
