import type { StoreKey } from "@millrace/state-stores";
import type { StoredRow } from "../merged-rows.js";
import type { RowSource } from "../row-source.js";

/** Rows that were read already. */
export class ListedRows implements RowSource {
  private readonly rows: readonly StoredRow[];
  private index = 0;

  constructor(rows: readonly StoredRow[]) {
    this.rows = rows;
  }

  next(): StoredRow | null {
    return this.rows[this.index++] ?? null;
  }

  close(): void {
    this.index = this.rows.length;
  }
}

/** The rows whose key is accepted. */
export class FilteredRows implements RowSource {
  private readonly rows: RowSource;
  private readonly accepts: (key: StoreKey) => boolean;

  constructor(rows: RowSource, accepts: (key: StoreKey) => boolean) {
    this.rows = rows;
    this.accepts = accepts;
  }

  next(): StoredRow | null {
    for (let row = this.rows.next(); row !== null; row = this.rows.next()) if (this.accepts(row.key)) return row;
    return null;
  }

  close(): void {
    this.rows.close();
  }
}
