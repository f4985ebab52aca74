import type { StoreKey } from "../contract/index.js";

/** One sorted source of rows during a merge. Stands on its first row when made; a null value is a tombstone. */
export interface RowCursor {
  /** Key of the row the cursor stands on; null past the end. */
  readonly key: StoreKey | null;
  /** Value of that row. */
  readonly value: Uint8Array | null;
  advance(): void;
  /** Gives back what the cursor holds. May be called twice. */
  close(): void;
}
