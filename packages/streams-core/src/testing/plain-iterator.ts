import type { KeyValue, StoreRangeIterator, ValueAndTimestamp } from "../model/index.js";

/** Rows without their timestamps. */
export class PlainIterator<K, V> implements StoreRangeIterator<K, V> {
  private readonly rows: StoreRangeIterator<K, ValueAndTimestamp<V>>;

  constructor(rows: StoreRangeIterator<K, ValueAndTimestamp<V>>) {
    this.rows = rows;
  }

  next(): IteratorResult<KeyValue<K, V>, undefined> {
    const { done, value: row } = this.rows.next();
    if (done === true) return { done: true, value: undefined };
    return { done: false, value: { key: row.key, value: row.value.value } };
  }

  return(): IteratorResult<KeyValue<K, V>, undefined> {
    this.rows.return();
    return { done: true, value: undefined };
  }

  [Symbol.iterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    this.rows[Symbol.dispose]();
  }
}
