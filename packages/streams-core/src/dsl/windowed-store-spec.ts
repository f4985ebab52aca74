import { InvalidArgumentError } from "../model/index.js";
import type { AggregationWindows, SerdeSlot, StoreSpec, Windowing } from "../plan/index.js";
import { windowChangelogRetentionMs } from "../topology/index.js";
import { storeSpec } from "./materialization.js";
import type { WindowedMaterialized } from "./windowed-options.js";

/** The store of an aggregation, by key alone or by key and window. */
export function windowedStoreSpec(
  options: WindowedMaterialized<unknown, unknown>,
  name: string,
  serdes: { readonly key: SerdeSlot; readonly value: SerdeSlot },
  windowing: Windowing | null,
): StoreSpec {
  const spec = storeSpec(options, name, serdes);
  if (windowing === null) return spec;
  const { windows, onClose } = windowing;
  const leastMs = leastRetentionMs(windows);
  const { retentionMs = options.supplier?.retentionMs ?? leastMs } = options;
  if (!(retentionMs >= leastMs)) {
    throw new InvalidArgumentError(
      `Store ${name} keeps windows for ${retentionMs} ms, but they may be needed for ${leastMs} ms: raise retentionMs or leave it out.`,
    );
  }
  return Object.freeze({
    ...spec,
    kind: windows.kind === "session" ? "session" : "timestamped-window",
    // Kafka Streams keeps the cache of time windows that are emitted on close: it lets those be seen that the store below
    // has forgotten when stream time jumps.
    caching: spec.caching && (onClose === null || windows.kind === "time"),
    retentionMs,
    ...changelogRetention(options, leastMs, spec),
    ...sizeOf(windows),
    ...(onClose === null ? {} : { timeOrdered: true }),
  });
}

/** As in Kafka Streams, a changelog is kept for what the windows need, whatever the supplier of the store keeps. */
function changelogRetention(
  { supplier, retentionMs }: WindowedMaterialized<unknown, unknown>,
  leastMs: number,
  { changelogConfig }: StoreSpec,
): Pick<StoreSpec, "changelogConfig"> | undefined {
  if (supplier?.retentionMs === undefined) return undefined;
  const keptMs = windowChangelogRetentionMs(retentionMs ?? leastMs);
  return { changelogConfig: Object.freeze({ "retention.ms": keptMs, ...changelogConfig }) };
}

function leastRetentionMs(windows: AggregationWindows): number {
  switch (windows.kind) {
    case "time":
      return windows.sizeMs + windows.graceMs;
    case "sliding":
      // Kafka Streams keeps windows of difference 0 for the grace alone, and so forgets each while it still takes records.
      return Math.max(2 * windows.timeDifferenceMs, 1) + windows.graceMs;
    case "session":
      return windows.inactivityGapMs + windows.graceMs;
    case "unlimited":
      return Number.POSITIVE_INFINITY;
  }
}

function sizeOf(windows: AggregationWindows): { readonly windowSizeMs?: number } {
  switch (windows.kind) {
    case "time":
      return { windowSizeMs: windows.sizeMs };
    case "sliding":
      return { windowSizeMs: windows.timeDifferenceMs };
    case "session":
      return {};
    case "unlimited":
      return { windowSizeMs: Number.POSITIVE_INFINITY };
  }
}
