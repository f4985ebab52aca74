import type { StoreKey } from "@millrace/state-stores";
import type { Headers } from "../model/index.js";
import type { CacheEntry } from "./cache-entry.js";
import { EntriesByKey, type HeldEntries } from "./held-entries.js";

/** Takes dirty rows out of a {@link StoreCache}, in order of their last update. */
export interface FlushTarget {
  flushEntry(entry: CacheEntry): void;
}

/** The budget that the caches of a task's stores share (R16). */
export class RecordCache {
  /** May change: what is above it goes with the next updates. */
  maxBytes: number;
  bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }
}

/** As Kafka Streams counts a cached record beyond key, value, topic and headers. */
const ENTRY_OVERHEAD_BYTES = 45;

/** The rows of one store that the cache holds: lists by last access and by last update, both intrusive. */
export class StoreCache {
  private readonly shared: RecordCache;
  private readonly target: FlushTarget;
  private readonly entries: HeldEntries;
  private newest: CacheEntry | null = null;
  private oldest: CacheEntry | null = null;
  private dirtyFirst: CacheEntry | null = null;
  private dirtyLast: CacheEntry | null = null;
  dirtyCount = 0;

  constructor(shared: RecordCache, target: FlushTarget, entries: HeldEntries = new EntriesByKey()) {
    this.shared = shared;
    this.target = target;
    this.entries = entries;
  }

  /** The row, now the most recently used one; null when the cache does not hold it. */
  find(storeKey: StoreKey): CacheEntry | null {
    const entry = this.entries.find(storeKey);
    if (entry === undefined) return null;
    this.touch(entry);
    return entry;
  }

  /** Makes a row of this cache the most recently used one. */
  touch(entry: CacheEntry): void {
    if (entry === this.newest) return;
    this.unlink(entry);
    this.linkNewest(entry);
  }

  /** As `find`, but the row's turn to be evicted stays what it was. */
  peek(storeKey: StoreKey): CacheEntry | null {
    return this.entries.find(storeKey) ?? null;
  }

  /** All rows, in no useful order; not a snapshot. */
  allEntries(): Iterable<CacheEntry> {
    return this.entries.all();
  }

  /** Adds a row that is not held yet. Call `settle` when its value is set. */
  insert(entry: CacheEntry): void {
    this.entries.add(entry);
    this.linkNewest(entry);
  }

  /** Marks the row as the one updated last. */
  markDirty(entry: CacheEntry): void {
    if (entry === this.dirtyLast) return;
    if (entry.dirty) this.unlinkDirty(entry);
    entry.dirty = true;
    entry.dirtyPrevious = this.dirtyLast;
    if (this.dirtyLast === null) this.dirtyFirst = entry;
    else this.dirtyLast.dirtyNext = entry;
    this.dirtyLast = entry;
    this.dirtyCount++;
  }

  /** Accounts for the bytes of the row's value, then evicts rows of this store until the budget is kept. */
  settle(entry: CacheEntry, valueBytes: number): void {
    const { storeKey, topic, headers } = entry;
    const sizeBytes =
      ENTRY_OVERHEAD_BYTES + storeKey.length + valueBytes + topic.length + (headers.length === 0 ? 0 : sizeOf(headers));
    this.shared.bytes += sizeBytes - entry.sizeBytes;
    entry.sizeBytes = sizeBytes;
    while (this.shared.bytes > this.shared.maxBytes && this.oldest !== null) this.evict(this.oldest);
  }

  /** Hands on what was dirty when called. What a flush makes dirty again stays for the next one, so that this ends. */
  flush(): void {
    for (let remaining = this.dirtyCount; remaining > 0 && this.dirtyFirst !== null; remaining--) {
      const entry = this.dirtyFirst;
      this.unlinkDirty(entry);
      this.target.flushEntry(entry);
      if (entry.absent && entry.held && !entry.dirty) this.remove(entry);
    }
  }

  /** Dirty rows, in no useful order; a snapshot. */
  dirtyEntries(): CacheEntry[] {
    const result: CacheEntry[] = [];
    for (let entry = this.dirtyFirst; entry !== null; entry = entry.dirtyNext) result.push(entry);
    return result;
  }

  /** A dirty row takes all other dirty rows of the store along, as in Kafka Streams. */
  private evict(entry: CacheEntry): void {
    const wasDirty = entry.dirty;
    if (wasDirty) this.unlinkDirty(entry);
    this.remove(entry);
    if (!wasDirty) return;
    this.target.flushEntry(entry);
    this.flush();
  }

  private remove(entry: CacheEntry): void {
    this.entries.remove(entry);
    this.unlink(entry);
    this.shared.bytes -= entry.sizeBytes;
    entry.held = false;
  }

  private linkNewest(entry: CacheEntry): void {
    entry.older = this.newest;
    if (this.newest === null) this.oldest = entry;
    else this.newest.newer = entry;
    this.newest = entry;
  }

  private unlink(entry: CacheEntry): void {
    const { newer, older } = entry;
    if (newer === null) this.newest = older;
    else newer.older = older;
    if (older === null) this.oldest = newer;
    else older.newer = newer;
    entry.newer = null;
    entry.older = null;
  }

  private unlinkDirty(entry: CacheEntry): void {
    const { dirtyNext, dirtyPrevious } = entry;
    if (dirtyNext === null) this.dirtyLast = dirtyPrevious;
    else dirtyNext.dirtyPrevious = dirtyPrevious;
    if (dirtyPrevious === null) this.dirtyFirst = dirtyNext;
    else dirtyPrevious.dirtyNext = dirtyNext;
    entry.dirtyNext = null;
    entry.dirtyPrevious = null;
    entry.dirty = false;
    this.dirtyCount--;
  }
}

function sizeOf(headers: Headers): number {
  let bytes = 0;
  for (const { key, value } of headers) bytes += key.length + (value?.length ?? 0);
  return bytes;
}
