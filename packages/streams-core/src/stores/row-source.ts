import type { StoredRow } from "./merged-rows.js";

/** Rows on their way to the user, one at a time. */
export interface RowSource {
  /** Null at the end. */
  next(): StoredRow | null;
  close(): void;
}
