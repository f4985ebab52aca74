import { prefixEnd, storeKey } from "@millrace/state-stores";
import type { KeyValue, KeyValueStore, Serde, StoreRangeIterator } from "../model/index.js";
import type { MergedRows } from "./merged-rows.js";
import { RowIterator } from "./row-iterator.js";
import type { RowTable } from "./row-table.js";

/** {@link KeyValueStore} over a {@link RowTable}. */
export class PlainKeyValueStore<K, V> implements KeyValueStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly table: RowTable<K, V>;

  constructor(table: RowTable<K, V>, persistent: boolean) {
    this.name = table.name;
    this.persistent = persistent;
    this.table = table;
  }

  get(key: K): V | null {
    return this.table.find(key);
  }

  put(key: K, value: V | null): void {
    this.table.write(key, value, -1);
  }

  putIfAbsent(key: K, value: V | null): V | null {
    const present = this.get(key);
    if (present === null) this.put(key, value);
    return present;
  }

  putAll(entries: Iterable<KeyValue<K, V | null>>): void {
    for (const { key, value } of entries) this.put(key, value);
  }

  delete(key: K): V | null {
    const present = this.get(key);
    this.put(key, null);
    return present;
  }

  range(from: K | null, to: K | null): StoreRangeIterator<K, V> {
    return this.iterate(this.table.range(from, to, false));
  }

  reverseRange(from: K | null, to: K | null): StoreRangeIterator<K, V> {
    return this.iterate(this.table.range(from, to, true));
  }

  all(): StoreRangeIterator<K, V> {
    return this.range(null, null);
  }

  reverseAll(): StoreRangeIterator<K, V> {
    return this.reverseRange(null, null);
  }

  prefixScan<P>(prefix: P, serde: Serde<P>): StoreRangeIterator<K, V> {
    const from = storeKey(serde.serialize(this.name, prefix));
    return this.iterate(this.table.rowsIn({ from, to: prefixEnd(from), reverse: false }));
  }

  approximateNumEntries(): number {
    return this.table.approximateCount();
  }

  private iterate(rows: MergedRows): StoreRangeIterator<K, V> {
    const { table } = this;
    return new RowIterator(rows, (row) => ({ key: table.keyOf(row), value: table.valueOf(row) }));
  }
}
