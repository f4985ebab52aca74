import type { KeyValueReads } from "./key-value-reads.js";
import type { SegmentedReads } from "./segmented-reads.js";
import type { VersionedReads } from "./versioned-reads.js";

/**
 * A store as those read it that are not part of its task, between the task's turns. What is held in caches is seen;
 * caches, their order and what they evict stay as they are, as when another thread reads a store of Kafka Streams.
 */
export type StoreReads<K = unknown, V = unknown> = KeyValueReads<K, V> | SegmentedReads<K, V> | VersionedReads<K, V>;

/** Told of each write of a store, once it is done; `key` is a Windowed in window and session stores, `value` null a delete. */
export type StoreWatcher = (key: unknown, value: unknown, timestamp: number) => void;
