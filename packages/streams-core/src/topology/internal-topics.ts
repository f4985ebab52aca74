import type { StoreBuilder } from "../model/index.js";

const CREATE_TIME = { "message.timestamp.type": "CreateTime" };

/** Name of a store's changelog topic, without the application's prefix. */
export function changelogName(store: string): string {
  return `${store}-changelog`;
}

/** Kafka Streams' own `windowstore.changelog.additional.retention.ms`: a day. */
const ADDITIONAL_RETENTION_MS = 86_400_000;
const LAST_LONG = String(2n ** 63n - 1n);

/** Topic settings of a store's changelog (ST5): Kafka Streams' own, under those of the store. */
export function changelogConfig(builder: StoreBuilder): Readonly<Record<string, string>> {
  return Object.freeze({ ...cleanupOf(builder), ...CREATE_TIME, ...builder.changelogConfig });
}

/** `retention.ms` of the changelog of a window or session store: a day more than its rows are kept. */
export function windowChangelogRetentionMs(retentionMs: number): string {
  return Number.isFinite(retentionMs) ? String(retentionMs + ADDITIONAL_RETENTION_MS) : LAST_LONG;
}

function cleanupOf({ kind, retentionMs = 0, retainDuplicates }: StoreBuilder): Readonly<Record<string, string>> {
  const keptMs = windowChangelogRetentionMs(retentionMs);
  switch (kind) {
    case "window":
    case "timestamped-window":
    case "session":
      return { "cleanup.policy": retainDuplicates === true ? "delete" : "compact,delete", "retention.ms": keptMs };
    case "versioned-key-value":
      return { "cleanup.policy": "compact", "min.compaction.lag.ms": keptMs };
    default:
      return { "cleanup.policy": "compact" };
  }
}

/** Topic settings of a repartition topic (ST5): kept until the application deletes what it has read. */
export function repartitionConfig(overrides: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.freeze({
    "cleanup.policy": "delete",
    ...CREATE_TIME,
    "retention.ms": "-1",
    "segment.bytes": "52428800",
    ...overrides,
  });
}
