import { prefixEnd, storeKey } from "@millrace/state-stores";
import type { Serde, StoreRangeIterator, ValueAndTimestamp } from "../../model/index.js";
import type { MergedRows } from "../merged-rows.js";
import { RowIterator } from "../row-iterator.js";
import type { RowTable } from "../row-table.js";

/** Reads of rows by key, with their timestamps; -1 where the store keeps none. */
export class KeyValueReads<K, V> {
  readonly kind = "key-value";
  private readonly table: RowTable<K, V>;

  constructor(table: RowTable<K, V>) {
    this.table = table;
  }

  get(key: K): ValueAndTimestamp<V> | null {
    const value = this.table.peek(key);
    return value === null ? null : { value, timestamp: this.table.readTimestamp };
  }

  /** Both ends inclusive; null is an open end. A snapshot. */
  range(from: K | null, to: K | null, reverse: boolean): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.iterate(this.table.range(from, to, reverse));
  }

  /** Rows whose serialised key begins with the bytes `serde` gives for `prefix`. A snapshot. */
  prefix<P>(prefix: P, serde: Serde<P>, reverse: boolean): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    const from = storeKey(serde.serialize(this.table.name, prefix));
    return this.iterate(this.table.rowsIn({ from, to: prefixEnd(from), reverse }));
  }

  approximateCount(): number {
    return this.table.approximateCount();
  }

  private iterate(rows: MergedRows): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    const { table } = this;
    return new RowIterator(rows, (row) => {
      const value = table.valueOf(row);
      return { key: table.keyOf(row), value: { value, timestamp: table.readTimestamp } };
    });
  }
}
