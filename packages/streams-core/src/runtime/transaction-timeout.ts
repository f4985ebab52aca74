import type { PhysicalTopology } from "../topology/nodes.js";

/** As in Kafka Streams; longer only where a healthy transaction would not end in time. */
const LEAST_MS = 10_000;
/** What brokers allow unless they are told otherwise. */
const MOST_MS = 900_000;

/**
 * After so long the cluster aborts a transaction that has not ended. A commit waits for asynchronous operators, and
 * commits may be rare: a transaction must outlast both.
 */
export function transactionTimeoutMs({ subtopologies }: PhysicalTopology, commitIntervalMs: number): number {
  let callsMs = 0;
  for (const { nodes } of subtopologies) {
    for (const node of nodes) {
      if (node.kind === "processor") callsMs = Math.max(callsMs, node.supplier.longestWaitMs ?? 0);
    }
  }
  const wantedMs = Math.max(LEAST_MS, 2 * commitIntervalMs);
  return callsMs === 0 ? wantedMs : Math.min(Math.max(MOST_MS, wantedMs), wantedMs + callsMs);
}
