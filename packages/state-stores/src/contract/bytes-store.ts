import type { KeyRange, StoreIterator, StoreKey } from "./store-key.js";

/** One named store of a task: bytes by key. Sees writes of the running transaction at once. Every call is synchronous. */
export interface BytesStore {
  readonly name: string;
  /** The stored bytes, not to be modified; null when there is none. */
  get(key: StoreKey): Uint8Array | null;
  /** Keeps `value` without copying it; null deletes. */
  put(key: StoreKey, value: Uint8Array | null): void;
  iterate(range: KeyRange): StoreIterator;
  /** Says that rows will be dropped by the first `length` bytes of their keys, where it helps the store to know. */
  groupByPrefix?(length: number): void;
  /** Deletes all rows before this key, quicker than one by one. `to` must be as long as the prefixes that rows are grouped by. */
  dropBelow?(to: StoreKey): void;
  /** A guess in the leveldb engine, exact in memory. */
  approximateCount(): number;
}
