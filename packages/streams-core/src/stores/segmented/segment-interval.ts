import type { StoreBuilder } from "../../model/index.js";

const LEAST_MS = 60_000;

/** Span of time whose rows are dropped together: half the retention, but at least a minute (conformance §5). */
export function segmentIntervalOf({ segmentIntervalMs, retentionMs = 0 }: StoreBuilder): number {
  return segmentIntervalMs ?? Math.max(Math.floor(retentionMs / 2), LEAST_MS);
}
