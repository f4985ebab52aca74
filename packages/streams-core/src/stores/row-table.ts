import type { KeyRange, StoreKey } from "@millrace/state-stores";
import type { FlushListener, Serde } from "../model/index.js";
import { widthOf } from "../serde/fixed-width-serde.js";
import { ownMemory, serializeTo } from "../serde/index.js";
import { CacheEntry } from "./cache-entry.js";
import type { ChangelogWriter } from "./changelog-writer.js";
import type { CurrentRecord } from "./current-record.js";
import type { HeldEntries } from "./held-entries.js";
import { holdable } from "./held-value.js";
import type { RowKeys } from "./key-codec.js";
import { ownHeaders } from "./own-headers.js";
import { StoreCache, type FlushTarget, type RecordCache } from "./record-cache.js";
import type { StoreWatcher } from "./reads/store-reads.js";
import { keyMemory, rowTimestamp, rowValue, timestampedRow, TIMESTAMP_BYTES, valueMemory } from "./row-bytes.js";
import type { TableRows } from "./table-rows.js";
import { MergedRows, type PendingRow, type StoredRow } from "./merged-rows.js";

/** What a store is made of. */
export interface RowTableOptions<K, V> {
  readonly name: string;
  readonly rows: TableRows;
  readonly keys: RowKeys<K>;
  readonly value: Serde<V>;
  /** Topic name that serdes see: the real name of the changelog. */
  readonly topic: string;
  readonly timestamped: boolean;
  /** Null: not logged. */
  readonly changelog: ChangelogWriter | null;
  /** Null: not cached. */
  readonly cache: RecordCache | null;
  /** Where the cache finds its rows. Default: by store key. */
  readonly held?: HeldEntries | null;
  /** False: the cache holds only what was written, as in Kafka Streams' window and session stores. Default true. */
  readonly cacheReads?: boolean;
  /** Reads of ranges show clean rows of the cache, as the engine may have forgotten them. Default: where reads are not cached. */
  readonly showsClean?: boolean;
  /** Bytes that a cached row counts beside what it holds, where Kafka Streams' own key in the cache is longer. Default 0. */
  readonly cacheKeyBytes?: number;
  readonly current: CurrentRecord;
}

/**
 * Rows by typed key: the one implementation under the typed stores. Reads and writes go through the record cache where
 * there is one; what reaches the engine goes to the changelog with it.
 */
export class RowTable<K, V> implements FlushTarget {
  readonly name: string;
  /** Of the row that `find` found last. */
  foundTimestamp = -1;
  private readonly rows: TableRows;
  private readonly keys: RowKeys<K>;
  private readonly value: Serde<V>;
  private readonly holds: (value: unknown) => boolean;
  private readonly topic: string;
  private readonly timestamped: boolean;
  private readonly changelog: ChangelogWriter | null;
  private readonly cache: StoreCache | null;
  private readonly cacheReads: boolean;
  private readonly showsClean: boolean;
  private readonly cacheKeyBytes: number;
  /** What a cached row that is there counts beside its key and value. */
  private readonly extraBytes: number;
  private readonly heldNumberBytes: number;
  private readonly current: CurrentRecord;
  /** Null: nobody watches. Told of what `write` writes. */
  watcher: StoreWatcher | null = null;
  private listener: FlushListener<K, V> | null = null;
  private sendOldValues = false;
  // One look-up per record: an operator fetches a row and then writes it.
  private lastKey: K | null = null;
  private lastStoreKey: StoreKey = "";
  private lastEntry: CacheEntry | null = null;

  constructor(options: RowTableOptions<K, V>) {
    this.name = options.name;
    this.rows = options.rows;
    this.keys = options.keys;
    this.value = options.value;
    this.holds = holdable(options.value as Serde<unknown>);
    this.topic = options.topic;
    this.timestamped = options.timestamped;
    this.changelog = options.changelog;
    this.cache = options.cache === null ? null : new StoreCache(options.cache, this, options.held ?? undefined);
    this.cacheReads = options.cacheReads ?? true;
    this.showsClean = options.showsClean ?? !this.cacheReads;
    this.cacheKeyBytes = options.cacheKeyBytes ?? 0;
    this.extraBytes = this.cacheKeyBytes + (options.timestamped ? TIMESTAMP_BYTES : 0);
    this.heldNumberBytes = widthOf(options.value as Serde<unknown>) ?? 1;
    this.current = options.current;
  }

  get cached(): boolean {
    return this.cache !== null;
  }

  get dirty(): boolean {
    return this.cache !== null && this.cache.dirtyCount > 0;
  }

  /** The row's value, decoded afresh unless primitive; null when there is none. Sets `foundTimestamp`. */
  find(key: K): V | null {
    return this.findAt(this.storeKeyOf(key), key);
  }

  /** As `find`; `key` is what the store key stands for, undefined where it is decoded when needed. */
  findAt(storeKey: StoreKey, key: K | undefined): V | null {
    const cache = this.cache;
    if (cache === null) {
      const row = this.rows.get(storeKey);
      return row === null ? null : this.decodeRow(row);
    }
    let entry = this.heldEntry(storeKey);
    if (entry === null) {
      const row = this.rows.get(storeKey);
      if (row === null) return null;
      if (!this.cacheReads) return this.decodeRow(row);
      entry = this.load(cache, key, storeKey, row);
    }
    this.lastEntry = entry;
    this.foundTimestamp = entry.rowTimestamp;
    return entry.bytes === null ? (entry.value as V | null) : this.value.deserialize(this.topic, entry.bytes);
  }

  /** As `find`, for those outside of the task: the cache stays as it is, and takes nothing in. */
  peek(key: K): V | null {
    return this.peekAt(this.keys.toStoreKey(key));
  }

  /** As `peek`, by store key. */
  peekAt(storeKey: StoreKey): V | null {
    const row = this.peekRow(storeKey);
    return row === null ? null : this.decodeRow(row);
  }

  /** Of the row that was read last; -1 where rows have none. */
  get readTimestamp(): number {
    return this.timestamped ? this.foundTimestamp : -1;
  }

  /** As `rowAt`, for those outside of the task. */
  peekRow(storeKey: StoreKey): Uint8Array | null {
    const entry = this.cache === null ? null : this.cache.peek(storeKey);
    if (entry !== null) return this.rowBytes(entry);
    const { rows } = this;
    return rows.peek === undefined ? rows.get(storeKey) : rows.peek(storeKey);
  }

  /** As `find`, for a row that the cache holds. */
  findHeld(entry: CacheEntry): V | null {
    this.cache!.touch(entry);
    this.foundTimestamp = entry.rowTimestamp;
    return entry.bytes === null ? (entry.value as V | null) : this.value.deserialize(this.topic, entry.bytes);
  }

  /** As `find`, for a row that the cache does not hold, and will not. */
  findStored(storeKey: StoreKey): V | null {
    const row = this.rows.get(storeKey);
    return row === null ? null : this.decodeRow(row);
  }

  /** As `write`, for a row that the cache holds. */
  writeHeld(entry: CacheEntry, value: V | null, timestamp: number): void {
    this.cache!.touch(entry);
    this.settleWrite(this.cache!, entry, timestamp, this.setValue(entry, value));
  }

  /** As `write`, for a row that the cache is to hold from now on. */
  writeNew(entry: CacheEntry, value: V | null, timestamp: number): void {
    // A value that cannot be written leaves nothing behind.
    const sizeBytes = this.setValue(entry, value);
    this.cache!.insert(entry);
    this.settleWrite(this.cache!, entry, timestamp, sizeBytes);
  }

  /** `timestamp` is kept in timestamped rows only. `value` null deletes. */
  write(key: K, value: V | null, timestamp: number): void {
    this.writeAt(this.storeKeyOf(key), key, value, timestamp);
    if (this.watcher !== null) this.watcher(key, value, this.timestamped ? timestamp : this.current.timestamp);
  }

  /** As `write`; `key` as in `findAt`. */
  writeAt(storeKey: StoreKey, key: K | undefined, value: V | null, timestamp: number): void {
    const cache = this.cache;
    if (cache === null) {
      this.putRow(storeKey, value === null ? null : this.serialized(value), timestamp, this.current.timestamp);
      return;
    }
    const entry = this.heldEntry(storeKey);
    if (entry === null) {
      this.writeNew(new CacheEntry(storeKey, typeof key === "object" ? undefined : key), value, timestamp);
      return;
    }
    this.settleWrite(cache, entry, timestamp, this.setValue(entry, value));
  }

  /** Deletes; without a cache through the rows' own `remove`, where they have one. */
  removeAt(storeKey: StoreKey): void {
    const { rows } = this;
    if (this.cache !== null || rows.remove === undefined) {
      this.writeAt(storeKey, undefined, null, -1);
      return;
    }
    rows.remove(storeKey);
    this.logDelete(storeKey);
  }

  private settleWrite(cache: StoreCache, entry: CacheEntry, timestamp: number, sizeBytes: number): void {
    const { current } = this;
    this.lastEntry = entry;
    entry.rowTimestamp = timestamp;
    entry.topic = current.topic;
    entry.partition = current.partition;
    entry.offset = current.offset;
    entry.timestamp = current.timestamp;
    entry.headers = ownHeaders(current.headers);
    cache.markDirty(entry);
    cache.settle(entry, sizeBytes);
  }

  /** Gives the listener what a cache hands on; false without a cache. */
  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): boolean {
    if (this.cache === null) return false;
    this.listener = listener;
    this.sendOldValues = sendOldValues;
    return true;
  }

  /** Hands the cache's dirty rows to the engine, the changelog and the listener. */
  flush(): void {
    this.cache?.flush();
  }

  /** Rows in byte order of their keys, those of the cache merged in; a snapshot. Both ends inclusive. */
  range(from: K | null, to: K | null, reverse: boolean): MergedRows {
    const low = from === null ? null : this.keys.toStoreKey(from);
    const high = to === null ? null : `${this.keys.toStoreKey(to)}\0`;
    return this.rowsIn({ from: low, to: high !== null && low !== null && high < low ? low : high, reverse });
  }

  /** `held`: ranges that the cache is read in, one after the other, instead of `range`. */
  rowsIn(range: KeyRange, held: readonly KeyRange[] | null = null): MergedRows {
    const { cache } = this;
    const pending = cache === null ? [] : (held ?? [range]).flatMap((part) => this.heldRows(cache, part));
    return new MergedRows(this.rows.iterate(range), pending, range.reverse);
  }

  /** The row as it would be stored, of the cache or the engine. */
  rowAt(storeKey: StoreKey): Uint8Array | null {
    const entry = this.cache === null ? null : this.cache.find(storeKey);
    return entry === null ? this.rows.get(storeKey) : this.rowBytes(entry);
  }

  /** Whether the cache holds the row. */
  holdsRow(storeKey: StoreKey): boolean {
    return this.cache !== null && this.cache.peek(storeKey) !== null;
  }

  keyOf(row: StoredRow): K {
    return this.keys.fromStoreKey(row.key);
  }

  /** Value of a row of `range`. Sets `foundTimestamp`. */
  valueOf(row: StoredRow): V {
    return this.decodeRow(row.bytes);
  }

  /** Counts rows of the cache only once they are flushed. */
  approximateCount(): number {
    return this.rows.approximateCount();
  }

  flushEntry(entry: CacheEntry): void {
    const { current } = this;
    const { topic, partition, offset, timestamp, headers, source } = current;
    current.moveTo(entry, null);
    try {
      this.handOn(entry);
    } finally {
      current.topic = topic;
      current.partition = partition;
      current.offset = offset;
      current.timestamp = timestamp;
      current.headers = headers;
      current.source = source;
    }
  }

  private handOn(entry: CacheEntry): void {
    const { listener } = this;
    if (listener === null) return this.putEntry(entry);
    const { absent } = entry;
    const oldRow = absent || this.sendOldValues ? this.rows.get(entry.storeKey) : null;
    // A4: what came and went within one cache life never was.
    if (absent && oldRow === null) return;
    const oldValue = oldRow === null || !this.sendOldValues ? null : this.decodeRow(oldRow);
    const newValue = entry.bytes === null ? (entry.value as V | null) : this.value.deserialize(this.topic, entry.bytes);
    const timestamp = absent ? entry.timestamp : entry.rowTimestamp;
    const key = entry.key === undefined ? this.keys.fromEntry(entry) : (entry.key as K);
    this.putEntry(entry);
    listener(key, newValue, oldValue, timestamp, entry.headers);
  }

  private putEntry(entry: CacheEntry): void {
    this.putRow(entry.storeKey, this.valueBytes(entry), entry.rowTimestamp, entry.timestamp);
  }

  /** Tells the changelog alone that there is no row. */
  logDelete(storeKey: StoreKey): void {
    this.changelog?.write(this.keys.changelogKey(storeKey, keyMemory), null, this.current.timestamp);
  }

  private storeKeyOf(key: K): StoreKey {
    if (key === this.lastKey && typeof key === "string") return this.lastStoreKey;
    const storeKey = this.keys.toStoreKey(key);
    this.lastKey = key;
    this.lastStoreKey = storeKey;
    return storeKey;
  }

  private heldEntry(storeKey: StoreKey): CacheEntry | null {
    const last = this.lastEntry;
    if (last !== null && last.held && last.storeKey === storeKey) return last;
    return this.cache!.find(storeKey);
  }

  private load(cache: StoreCache, key: K | undefined, storeKey: StoreKey, row: Uint8Array): CacheEntry {
    const entry = new CacheEntry(storeKey, typeof key === "object" ? undefined : key);
    const value = this.decodeRow(row);
    if (typeof value === "object" || value === undefined) entry.bytes = this.timestamped ? rowValue(row) : row;
    else entry.value = value;
    entry.rowTimestamp = this.foundTimestamp;
    cache.insert(entry);
    cache.settle(entry, row.length);
    return entry;
  }

  /** Sets the value and gives its size. */
  private setValue(entry: CacheEntry, value: V | null): number {
    if (value === null || this.holds(value)) {
      entry.value = value;
      entry.bytes = null;
      if (value === null) return this.cacheKeyBytes;
      return this.extraBytes + (typeof value === "string" ? value.length : this.heldNumberBytes);
    }
    const bytes = this.value.serialize(this.topic, value);
    entry.value = null;
    entry.bytes = bytes;
    return this.extraBytes + bytes.length;
  }

  /** Valid until the next one where rows have timestamps. */
  private serialized(value: V): Uint8Array {
    return serializeTo(this.value, this.topic, value, this.timestamped ? valueMemory : ownMemory);
  }

  private valueBytes(entry: CacheEntry): Uint8Array | null {
    if (entry.bytes !== null) return entry.bytes;
    return entry.value === null ? null : this.serialized(entry.value as V);
  }

  private decodeRow(row: Uint8Array): V {
    if (!this.timestamped) return this.value.deserialize(this.topic, row);
    this.foundTimestamp = rowTimestamp(row);
    const { value } = this;
    if (value.read !== undefined) return value.read(row, 8, row.length);
    return value.deserialize(this.topic, rowValue(row));
  }

  /** ST4: the changelog has the plain value; the row's timestamp is the record's, for a delete the current record's. */
  private putRow(storeKey: StoreKey, value: Uint8Array | null, rowTimestampMs: number, contextTimestamp: number): void {
    const row = value === null || !this.timestamped ? value : timestampedRow(value, rowTimestampMs);
    this.rows.put(storeKey, row);
    if (this.changelog === null) return;
    const timestamp = value === null || !this.timestamped ? contextTimestamp : rowTimestampMs;
    this.changelog.write(this.keys.changelogKey(storeKey, keyMemory), value, timestamp);
  }

  private rowBytes(entry: CacheEntry): Uint8Array | null {
    const value = this.valueBytes(entry);
    return value === null || !this.timestamped ? value : timestampedRow(value, entry.rowTimestamp);
  }

  /** Rows of the cache; clean ones only where the engine may have forgotten them. */
  private heldRows(cache: StoreCache, { from, to, reverse }: KeyRange): PendingRow[] {
    const result: PendingRow[] = [];
    for (const entry of this.showsClean ? cache.allEntries() : cache.dirtyEntries()) {
      const key = entry.storeKey;
      if ((from !== null && key < from) || (to !== null && key >= to)) continue;
      result.push({ key, bytes: this.rowBytes(entry) });
    }
    const sign = reverse ? -1 : 1;
    result.sort((a, b) => (a.key < b.key ? -sign : sign));
    // As in Kafka Streams, to be read is to be used, whoever reads.
    if (!this.cacheReads) for (const { key } of result) cache.find(key);
    return result;
  }
}
