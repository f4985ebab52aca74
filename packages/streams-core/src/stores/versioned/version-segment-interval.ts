import type { StoreBuilder } from "../../model/index.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Into how many segments a history is cut by its length, and how short a segment may be: Kafka Streams' defaults. */
const STEPS = [
  { upToMs: MINUTE_MS, parts: 3, leastMs: 2_000 },
  { upToMs: 5 * MINUTE_MS, parts: 5, leastMs: 20_000 },
  { upToMs: HOUR_MS, parts: 12, leastMs: MINUTE_MS },
  { upToMs: Infinity, parts: 24, leastMs: 5 * MINUTE_MS },
] as const;

/** Span of time whose old versions are dropped together. */
export function versionSegmentInterval({ segmentIntervalMs, retentionMs = 0 }: StoreBuilder): number {
  if (segmentIntervalMs !== undefined) return segmentIntervalMs;
  const { parts, leastMs } = STEPS.find(({ upToMs }) => retentionMs <= upToMs)!;
  return Math.max(Math.floor(retentionMs / parts), leastMs);
}
