export type { ChangelogWriter } from "./changelog-writer.js";
export { CurrentRecord, type SourceBytes } from "./current-record.js";
export { openStore, type OpenStore } from "./open-store.js";
export { readOnlyStore } from "./read-only-store.js";
export { RecordCache } from "./record-cache.js";
export {
  keyValueStore,
  lruStore,
  timestampedKeyValueStore,
  type KeyValueStoreOptions,
  type LruStoreOptions,
} from "./store-builders.js";
export { TimestampedTableStore } from "./timestamped-table-store.js";
