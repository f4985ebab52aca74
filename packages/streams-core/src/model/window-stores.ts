import type { StateStore, StoreRangeIterator, ValueAndTimestamp } from "./state-store.js";
import type { Windowed } from "./windowed.js";

/**
 * Reads of a window store. Times are window starts, both ends inclusive. Rows at or below observed stream time minus the
 * retention are not seen (W2). Order: that of the conformance rules (§5 there), the same for both engines of a kind.
 */
export interface ReadOnlyWindowStore<K, V> extends StateStore {
  get(key: K, startMs: number): V | null;
  /** Rows of one key, keyed by window start, oldest first. */
  fetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, V>;
  backwardFetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, V>;
  /** Both keys inclusive; null is an open end. */
  fetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V>;
  backwardFetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V>;
  fetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V>;
  backwardFetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V>;
  all(): StoreRangeIterator<Windowed<K>, V>;
  backwardAll(): StoreRangeIterator<Windowed<K>, V>;
}

/** Rows by key and window start, forgotten after the retention. */
export interface WindowStore<K, V> extends ReadOnlyWindowStore<K, V> {
  /** Null deletes (and is nothing where duplicates are kept). A row too old is refused and counted as dropped (W2). */
  put(key: K, value: V | null, startMs: number): void;
}

/** Window rows with the timestamp of the record that made them: what windowed aggregates are kept in. */
export interface TimestampedWindowStore<K, V> extends WindowStore<K, ValueAndTimestamp<V>> {}

/** Reads of a session store; times are inclusive. */
export interface ReadOnlySessionStore<K, V> extends StateStore {
  get(key: K, startMs: number, endMs: number): V | null;
  fetch(key: K): StoreRangeIterator<Windowed<K>, V>;
  backwardFetch(key: K): StoreRangeIterator<Windowed<K>, V>;
  fetchRange(from: K | null, to: K | null): StoreRangeIterator<Windowed<K>, V>;
  backwardFetchRange(from: K | null, to: K | null): StoreRangeIterator<Windowed<K>, V>;
  /** Sessions of a key that end at or after `earliestEndMs` and start at or before `latestStartMs`. */
  findSessions(key: K, earliestEndMs: number, latestStartMs: number): StoreRangeIterator<Windowed<K>, V>;
  backwardFindSessions(key: K, earliestEndMs: number, latestStartMs: number): StoreRangeIterator<Windowed<K>, V>;
}

export interface SessionStore<K, V> extends ReadOnlySessionStore<K, V> {
  /** Null removes. */
  put(session: Windowed<K>, value: V | null): void;
  remove(session: Windowed<K>): void;
}

/** A version of a row; `validToMs` null: still valid. */
export interface VersionedRecord<V> {
  readonly value: V;
  readonly timestamp: number;
  readonly validToMs: number | null;
}

/** What `put` of a versioned store answers besides a time. */
export const putIsLatest = -1;
export const putRefused = Number.NEGATIVE_INFINITY;

/** Rows with their history (ST3). */
export interface VersionedKeyValueStore<K, V> extends StateStore {
  /** Gives the time to which the new version is valid, {@link putIsLatest}, or {@link putRefused} when it is older than the history. */
  put(key: K, value: V | null, timestamp: number): number;
  /** Puts a tombstone; gives what was valid at that time. */
  delete(key: K, timestamp: number): VersionedRecord<V> | null;
  /** The latest version, or the one valid at `asOfMs` (inclusive). */
  get(key: K, asOfMs?: number): VersionedRecord<V> | null;
  /** Versions valid at some time in the range; newest first unless `order` is "ascending". */
  history(key: K, range?: VersionRange): readonly VersionedRecord<V>[];
}

export interface VersionRange {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly order?: "ascending" | "descending";
}
