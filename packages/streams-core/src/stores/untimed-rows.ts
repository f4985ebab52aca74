import type { KeyRange, StoreEntry, StoreIterator, StoreKey } from "@millrace/state-stores";
import { rowValue, timestampedRow } from "./row-bytes.js";
import type { TableRows } from "./table-rows.js";

/** As Kafka Streams reads a row that was stored without its timestamp. */
const NO_TIMESTAMP = -1;

/**
 * Timestamped rows in an engine without timestamps: what Kafka Streams makes of a table in a plain persistent store.
 * Rows come back with timestamp -1.
 */
export class UntimedRows implements TableRows {
  readonly name: string;
  private readonly rows: TableRows;

  constructor(rows: TableRows) {
    this.name = rows.name;
    this.rows = rows;
  }

  get(key: StoreKey): Uint8Array | null {
    const value = this.rows.get(key);
    return value === null ? null : timestampedRow(value, NO_TIMESTAMP);
  }

  put(key: StoreKey, row: Uint8Array | null): void {
    this.rows.put(key, row === null ? null : rowValue(row));
  }

  iterate(range: KeyRange): StoreIterator {
    return new UntimedIterator(this.rows.iterate(range));
  }

  approximateCount(): number {
    return this.rows.approximateCount();
  }
}

class UntimedIterator implements StoreIterator {
  private readonly rows: StoreIterator;

  constructor(rows: StoreIterator) {
    this.rows = rows;
  }

  next(): IteratorResult<StoreEntry, undefined> {
    const { done, value: row } = this.rows.next();
    if (done === true) return { done: true, value: undefined };
    return { done: false, value: { key: row.key, value: timestampedRow(row.value, NO_TIMESTAMP) } };
  }

  return(): IteratorResult<StoreEntry, undefined> {
    return this.rows.return();
  }

  close(): void {
    this.rows.close();
  }

  [Symbol.iterator](): this {
    return this;
  }
}
