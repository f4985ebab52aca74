import type { StoreKey } from "../contract/index.js";

/** A row in place, and what its transaction needs to know of it. */
export interface Entry {
  /** Null for a key deleted by a transaction that is not committed yet. */
  value: Uint8Array | null;
  /** The transaction that wrote it last: the journal of that one knows the key. */
  epoch: number;
}

/** Rows whose keys begin alike; they can be dropped together. */
export class RowGroup {
  readonly prefix: StoreKey;
  readonly entries = new Map<StoreKey, Entry>();
  /** Rows that are there: entries with a value. */
  rowCount = 0;

  constructor(prefix: StoreKey) {
    this.prefix = prefix;
  }
}
