import type { StoreBuilder } from "../model/index.js";

const CREATE_TIME = { "message.timestamp.type": "CreateTime" };

/** Name of a store's changelog topic, without the application's prefix. */
export function changelogName(store: string): string {
  return `${store}-changelog`;
}

/** Topic settings of a store's changelog (ST5): Kafka Streams' own, under those of the store. */
export function changelogConfig(builder: StoreBuilder): Readonly<Record<string, string>> {
  return Object.freeze({ "cleanup.policy": "compact", ...CREATE_TIME, ...builder.changelogConfig });
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
