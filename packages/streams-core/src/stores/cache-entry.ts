import type { StoreKey } from "@millrace/state-stores";
import { noHeaders, type Headers, type RecordContext } from "../model/index.js";

/** Rows of the cache that belong together. */
export interface EntryGroup {
  readonly startMs: number;
  readonly rows: Map<StoreKey, CacheEntry>;
}

/**
 * A row held by the record cache, and a link in two lists: all rows by last access, dirty rows by last update.
 * A primitive is held as it is; anything else as bytes, so that user code cannot change it from outside. Both null: no row.
 * As a RecordContext it is the context of the record that wrote it last.
 */
export class CacheEntry implements RecordContext {
  readonly storeKey: StoreKey;
  readonly key: unknown;
  /** The key part of the store key, where rows are held in groups. */
  rowKey: StoreKey = "";
  group: EntryGroup | null = null;
  value: unknown = null;
  bytes: Uint8Array | null = null;
  /** Of the row; for a plain store, of the record that wrote it. */
  rowTimestamp = -1;
  sizeBytes = 0;
  dirty = false;
  held = true;

  topic = "";
  partition = -1;
  offset = -1;
  timestamp = -1;
  headers: Headers = noHeaders;

  newer: CacheEntry | null = null;
  older: CacheEntry | null = null;
  dirtyNext: CacheEntry | null = null;
  dirtyPrevious: CacheEntry | null = null;

  constructor(storeKey: StoreKey, key: unknown) {
    this.storeKey = storeKey;
    this.key = key;
  }

  get absent(): boolean {
    return this.value === null && this.bytes === null;
  }
}
