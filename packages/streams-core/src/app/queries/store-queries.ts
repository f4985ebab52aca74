import type { KeyValue, Serde, VersionedRecord, VersionRange, Windowed } from "../../model/index.js";
import type { QueryRows } from "./query-rows.js";

/** The order of rows: that of the serialised keys' bytes, or the reverse. */
export interface OrderOptions {
  /** Default false. */
  readonly reverse?: boolean;
}

/** Bounds of keys, both inclusive; left out: an open end. */
export interface KeyRangeOptions<K> extends OrderOptions {
  readonly from?: K;
  readonly to?: K;
}

/** Every method rejects, or throws at the first chunk, as `app.store` says. */
export interface KeyValueQueries<K, V> {
  /** Null when no partition here has the key. */
  get(key: K): Promise<V | null>;
  /** Rows partition by partition, within each in order of the serialised keys. */
  range(options?: KeyRangeOptions<K>): QueryRows<KeyValue<K, V>>;
  all(options?: OrderOptions): QueryRows<KeyValue<K, V>>;
  /** Rows whose serialised key begins with the bytes `serde` gives for `prefix`. */
  prefixScan<P>(prefix: P, serde: Serde<P>, options?: OrderOptions): QueryRows<KeyValue<K, V>>;
  /** A guess where state is on disk. Counts rows of caches only once they are flushed. */
  approximateNumEntries(): Promise<number>;
}

/** Times are window starts in ms, both ends inclusive. Rows at or below observed stream time minus the retention are not seen (W2). */
export interface WindowQueries<K, V> {
  /** The row of the window that starts then. */
  get(key: K, startMs: number): Promise<V | null>;
  /** Rows of one key by window start, oldest first unless reversed. */
  fetch(key: K, fromMs: number, toMs: number, options?: OrderOptions): QueryRows<KeyValue<number, V>>;
  /** Rows of many keys; `from` and `to` are keys, both inclusive. */
  fetchRange(fromMs: number, toMs: number, options?: KeyRangeOptions<K>): QueryRows<KeyValue<Windowed<K>, V>>;
  fetchAll(fromMs: number, toMs: number, options?: OrderOptions): QueryRows<KeyValue<Windowed<K>, V>>;
  all(options?: OrderOptions): QueryRows<KeyValue<Windowed<K>, V>>;
}

export interface SessionQueries<K, V> {
  get(key: K, startMs: number, endMs: number): Promise<V | null>;
  /** All sessions of a key, oldest first unless reversed. */
  fetch(key: K, options?: OrderOptions): QueryRows<KeyValue<Windowed<K>, V>>;
  /** Sessions of a key that end at or after `earliestEndMs` and start at or before `latestStartMs`. */
  findSessions(
    key: K,
    earliestEndMs: number,
    latestStartMs: number,
    options?: OrderOptions,
  ): QueryRows<KeyValue<Windowed<K>, V>>;
  /** Sessions of many keys; both bounds inclusive. */
  fetchRange(options?: KeyRangeOptions<K>): QueryRows<KeyValue<Windowed<K>, V>>;
}

export interface VersionedQueries<K, V> {
  /** The latest version, or the one valid at `asOfMs` (inclusive); null for none, and beyond the history (ST3). */
  get(key: K, asOfMs?: number): Promise<VersionedRecord<V> | null>;
  /** Versions valid at some time in the range, newest first unless `order` is "ascending". */
  history(key: K, range?: VersionRange): Promise<readonly VersionedRecord<V>[]>;
}
