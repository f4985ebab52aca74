import type { StoreKey } from "../contract/index.js";
import { EntryTable } from "./entry-table.js";

/** Rows whose keys begin alike; they can be dropped together. */
export class RowGroup {
  readonly prefix: StoreKey;
  readonly entries: EntryTable;
  /** Rows that are there: entries with a value. */
  rowCount = 0;

  constructor(prefix: StoreKey, seed: number) {
    this.prefix = prefix;
    this.entries = new EntryTable(seed);
  }
}
