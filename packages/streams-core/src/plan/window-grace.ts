import { TopologyError } from "../model/index.js";
import type { PlanNode } from "./plan-node.js";
import { closesAfterMs } from "./window-processors.js";

/**
 * How long after their end the windows of `node`'s keys close (S2): what the windowed aggregations above it say, the
 * longest of them. Throws TopologyError where some line of ancestors has no windows.
 */
export function windowGraceMs(node: PlanNode, below = ""): number {
  const windowing = node.kind === "streamAggregation" || node.kind === "cogroupAggregation" ? node.windowing : null;
  if (windowing !== null) return closesAfterMs(windowing.windows);
  const chain = below === "" ? node.name : `${node.name}->${below}`;
  if (node.parents.length === 0) {
    throw new TopologyError(
      `untilWindowCloses() needs windows, and there are none in ${chain}. Put windowedBy() before the aggregation, or use untilTimeLimit().`,
    );
  }
  return Math.max(...node.parents.map((parent) => windowGraceMs(parent, chain)));
}
