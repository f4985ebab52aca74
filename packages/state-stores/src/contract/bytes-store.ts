import type { KeyRange, StoreIterator, StoreKey } from "./store-key.js";

/** One named store of a task: bytes by key. Sees writes of the running transaction at once. Every call is synchronous. */
export interface BytesStore {
  readonly name: string;
  /** The stored bytes, not to be modified; null when there is none. */
  get(key: StoreKey): Uint8Array | null;
  /** Keeps `value` without copying it; null deletes. */
  put(key: StoreKey, value: Uint8Array | null): void;
  iterate(range: KeyRange): StoreIterator;
  /** A guess in the leveldb engine, exact in memory. */
  approximateCount(): number;
}
