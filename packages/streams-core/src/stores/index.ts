export type { ChangelogWriter } from "./changelog-writer.js";
export { CurrentRecord, type SourceBytes } from "./current-record.js";
export { openStore } from "./open-store.js";
export { readOnlyStore } from "./read-only-store.js";
export { RecordCache } from "./record-cache.js";
export {
  keyValueStore,
  lruStore,
  timestampedKeyValueStore,
  type KeyValueStoreOptions,
  type LruStoreOptions,
} from "./store-builders.js";
export type { KeyValueReads } from "./reads/key-value-reads.js";
export type { SegmentedReads } from "./reads/segmented-reads.js";
export type { StoreReads } from "./reads/store-reads.js";
export type { VersionedReads } from "./reads/versioned-reads.js";
export type { OpenStore } from "./store-context.js";
export { TimestampedTableStore } from "./timestamped-table-store.js";
export { SessionTable } from "./session/session-table.js";
export { PlainWindowStore } from "./window/plain-window-store.js";
export { TimestampedWindowTable } from "./window/timestamped-window-table.js";
export {
  sessionStore,
  timestampedWindowStore,
  windowStore,
  type SessionStoreOptions,
  type WindowStoreOptions,
} from "./window-store-builders.js";
export { VersionedStore } from "./versioned/versioned-store.js";
export {
  checkHistory,
  versionedKeyValueStore,
  type VersionedStoreBuilderOptions,
} from "./versioned/versioned-store-builder.js";
