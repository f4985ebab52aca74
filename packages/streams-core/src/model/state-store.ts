import type { Serde } from "./serde.js";

/** What all stores have in common. */
export interface StateStore {
  readonly name: string;
  readonly persistent: boolean;
}

export interface KeyValue<K, V> {
  readonly key: K;
  readonly value: V;
}

export interface ValueAndTimestamp<V> {
  readonly value: V;
  readonly timestamp: number;
}

/** Synchronous, on a snapshot. Close it (`return()`, `using`, or run `for…of` to its end). */
export interface StoreRangeIterator<K, V> extends IterableIterator<KeyValue<K, V>> {
  return(): IteratorResult<KeyValue<K, V>, undefined>;
  [Symbol.dispose](): void;
}

/** Reads of a key-value store. Order is that of the serialised keys' bytes, unsigned (ST2). */
export interface ReadOnlyKeyValueStore<K, V> extends StateStore {
  get(key: K): V | null;
  /** Both ends inclusive; null is an open end. */
  range(from: K | null, to: K | null): StoreRangeIterator<K, V>;
  reverseRange(from: K | null, to: K | null): StoreRangeIterator<K, V>;
  all(): StoreRangeIterator<K, V>;
  reverseAll(): StoreRangeIterator<K, V>;
  /** Rows whose serialised key begins with the bytes `serde` gives for `prefix`. */
  prefixScan<P>(prefix: P, serde: Serde<P>): StoreRangeIterator<K, V>;
  approximateNumEntries(): number;
}

/** Rows by key. `null` as a value deletes. */
export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  put(key: K, value: V | null): void;
  /** Writes only where there is no row; gives the row that was there. */
  putIfAbsent(key: K, value: V | null): V | null;
  putAll(entries: Iterable<KeyValue<K, V | null>>): void;
  /** Gives the row that was there. */
  delete(key: K): V | null;
}

/** Rows with the timestamp of the record that made them: what tables and aggregates are kept in. */
export interface TimestampedKeyValueStore<K, V> extends KeyValueStore<K, ValueAndTimestamp<V>> {}

/** Which kind of store, as data: the runtime makes the store of it. */
export type StoreKind =
  | "key-value"
  | "timestamped-key-value"
  | "versioned-key-value"
  | "window"
  | "timestamped-window"
  | "session"
  /** Updates of a table that wait; see SuppressStore. */
  | "suppress-buffer"
  /** Records of a stream-stream join that met nobody so far. */
  | "unmatched"
  /** Records of a stream that wait to be joined with a table; `retentionMs` is how long. */
  | "stream-join-buffer";

/** Frozen description of a store. Made by `keyValueStore()` and kin, or by the DSL. */
export interface StoreBuilder<S extends StateStore = StateStore> {
  readonly name: string;
  readonly kind: StoreKind;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** Unmatched records of a stream-stream join: serde of the right side's values, where `value` is that of the left side's. */
  readonly otherValue?: Serde<unknown>;
  readonly caching: boolean;
  /** False: no changelog topic, contents are lost with the instance. */
  readonly logging: boolean;
  /** Topic settings of the changelog, over the defaults of ST5. */
  readonly changelogConfig: Readonly<Record<string, string>>;
  /** "default": what the app keeps its state in (LevelDB with a state directory, else memory). */
  readonly engine: "default" | "memory" | "persistent";
  /** Set for an LRU map: rows beyond it are forgotten, oldest access first. */
  readonly maxEntries?: number;
  /** Window and session stores: how long rows are kept after their time, by observed stream time. Versioned stores: how far history reaches back. */
  readonly retentionMs?: number;
  /** Window stores: the size of their windows, which gives a row its end. */
  readonly windowSizeMs?: number;
  /** Window stores of stream-stream joins keep each record, equal keys and times included. */
  readonly retainDuplicates?: boolean;
  /** The changelog's records carry the headers of the record being processed, as those of stream-stream joins do. */
  readonly logHeaders?: boolean;
  /** Rows are dropped a segment at a time. Default as Kafka Streams: half the retention, at least a minute (versioned: see Stores). */
  readonly segmentIntervalMs?: number;
  /** Timestamped rows are stored without their timestamps and come back with -1, as from Kafka Streams' plain persistent stores. */
  readonly forgetsTimestamps?: boolean;
  /** Rows sorted by time first, for emit on close (W5); changes the order of whole-store reads. */
  readonly timeOrdered?: boolean;
  /** Type only: the store a processor gets. */
  readonly __store?: S;
}
