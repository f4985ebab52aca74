import type { BytesStore, StoreKey } from "@millrace/state-stores";

/** Where a table's rows live; `remove` is for rows that tell a delete from writing null. */
export interface TableRows extends BytesStore {
  remove?(key: StoreKey): void;
  /** As `get`, without counting as a use of the row, for rows that are forgotten by their use. */
  peek?(key: StoreKey): Uint8Array | null;
}
