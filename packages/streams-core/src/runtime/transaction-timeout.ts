import type { PhysicalTopology, TopologyNode } from "../topology/nodes.js";

/** As in Kafka Streams; longer only where a healthy transaction would not end in time. */
const LEAST_MS = 10_000;
/** What brokers allow unless they are told otherwise. */
const MOST_MS = 900_000;

/**
 * After so long the cluster aborts a transaction that has not ended. A commit waits for asynchronous operators, each in
 * turn where they follow each other, and commits may be rare: a transaction must outlast both.
 */
export function transactionTimeoutMs({ subtopologies }: PhysicalTopology, commitIntervalMs: number): number {
  const callsMs = Math.max(0, ...subtopologies.map(({ nodes }) => longestChainMs(nodes)));
  const wantedMs = Math.max(LEAST_MS, 2 * commitIntervalMs);
  return callsMs === 0 ? wantedMs : Math.min(Math.max(MOST_MS, wantedMs), wantedMs + callsMs);
}

/** The greatest sum of waits on a way from a source to a leaf. */
function longestChainMs(nodes: readonly TopologyNode[]): number {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const known = new Map<string, number>();
  const below = (node: TopologyNode | undefined): number => {
    if (node === undefined || node.kind === "sink") return 0;
    let chainMs = known.get(node.name);
    if (chainMs === undefined) {
      const ownMs = node.kind === "processor" ? (node.supplier.longestWaitMs ?? 0) : 0;
      chainMs = ownMs + Math.max(0, ...node.children.map((child) => below(byName.get(child))));
      known.set(node.name, chainMs);
    }
    return chainMs;
  };
  return Math.max(0, ...nodes.map(below));
}
