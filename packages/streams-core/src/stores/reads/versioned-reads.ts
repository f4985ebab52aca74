import type { StoreRangeIterator, ValueAndTimestamp, VersionedRecord, VersionRange } from "../../model/index.js";
import type { VersionedStore } from "../versioned/versioned-store.js";

/** Reads of rows with their history. */
export class VersionedReads<K, V> {
  readonly kind = "versioned";
  private readonly store: VersionedStore<K, V>;

  constructor(store: VersionedStore<K, V>) {
    this.store = store;
  }

  get(key: K, asOfMs?: number): VersionedRecord<V> | null {
    return this.store.get(key, asOfMs);
  }

  /** The latest version of each row, with the time from which it is valid. A snapshot. */
  latest(): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.store.latest();
  }

  history(key: K, range?: VersionRange): readonly VersionedRecord<V>[] {
    return this.store.history(key, range);
  }
}
