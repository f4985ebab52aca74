import type { KeyValue, StoreRangeIterator } from "../model/index.js";
import type { StoredRow } from "./merged-rows.js";
import type { RowSource } from "./row-source.js";

/** The user's view of rows: decodes each when it is reached. */
export class RowIterator<K, R> implements StoreRangeIterator<K, R> {
  private readonly rows: RowSource;
  private readonly decode: (row: StoredRow) => KeyValue<K, R>;

  constructor(rows: RowSource, decode: (row: StoredRow) => KeyValue<K, R>) {
    this.rows = rows;
    this.decode = decode;
  }

  next(): IteratorResult<KeyValue<K, R>, undefined> {
    const row = this.rows.next();
    return row === null ? { done: true, value: undefined } : { done: false, value: this.decode(row) };
  }

  return(): IteratorResult<KeyValue<K, R>, undefined> {
    this.rows.close();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.rows.close();
  }
}
