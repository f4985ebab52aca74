import type { StoreKey } from "@millrace/state-stores";
import type { CacheEntry } from "./cache-entry.js";

/** Where a cache finds its rows. */
export interface HeldEntries {
  find(storeKey: StoreKey): CacheEntry | undefined;
  /** Takes a row that is not there yet. */
  add(entry: CacheEntry): void;
  remove(entry: CacheEntry): void;
  /** In no useful order; not a snapshot. */
  all(): Iterable<CacheEntry>;
}

/** Rows by store key. */
export class EntriesByKey implements HeldEntries {
  private readonly entries = new Map<StoreKey, CacheEntry>();

  find(storeKey: StoreKey): CacheEntry | undefined {
    return this.entries.get(storeKey);
  }

  add(entry: CacheEntry): void {
    this.entries.set(entry.storeKey, entry);
  }

  remove(entry: CacheEntry): void {
    this.entries.delete(entry.storeKey);
  }

  all(): Iterable<CacheEntry> {
    return this.entries.values();
  }
}
