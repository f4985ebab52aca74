import { prefixEnd, storeKey } from "@millrace/state-stores";
import { putIsLatest } from "../model/index.js";
import type {
  FlushListener,
  KeyValue,
  Serde,
  StoreRangeIterator,
  TableStore,
  TimestampedKeyValueStore,
  ValueAndTimestamp,
} from "../model/index.js";
import type { MergedRows } from "./merged-rows.js";
import { RowIterator } from "./row-iterator.js";
import type { RowTable } from "./row-table.js";

/** {@link TimestampedKeyValueStore} for users and {@link TableStore} for operators, over a {@link RowTable}. */
export class TimestampedTableStore<K, V> implements TimestampedKeyValueStore<K, V>, TableStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly table: RowTable<K, V>;

  constructor(table: RowTable<K, V>, persistent: boolean) {
    this.name = table.name;
    this.persistent = persistent;
    this.table = table;
  }

  fetch(key: K): ValueAndTimestamp<V> | null {
    const value = this.table.find(key);
    return value === null ? null : { value, timestamp: this.table.foundTimestamp };
  }

  write(key: K, value: V | null, timestamp: number): number {
    this.table.write(key, value, timestamp);
    return putIsLatest;
  }

  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): boolean {
    return this.table.onFlush(listener, sendOldValues);
  }

  get(key: K): ValueAndTimestamp<V> | null {
    return this.fetch(key);
  }

  put(key: K, row: ValueAndTimestamp<V> | null): void {
    if (row === null) this.table.write(key, null, -1);
    else this.table.write(key, row.value, row.timestamp);
  }

  putIfAbsent(key: K, row: ValueAndTimestamp<V> | null): ValueAndTimestamp<V> | null {
    const present = this.fetch(key);
    if (present === null) this.put(key, row);
    return present;
  }

  putAll(entries: Iterable<KeyValue<K, ValueAndTimestamp<V> | null>>): void {
    for (const { key, value } of entries) this.put(key, value);
  }

  delete(key: K): ValueAndTimestamp<V> | null {
    const present = this.fetch(key);
    this.put(key, null);
    return present;
  }

  range(from: K | null, to: K | null): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.iterate(this.table.range(from, to, false));
  }

  reverseRange(from: K | null, to: K | null): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.iterate(this.table.range(from, to, true));
  }

  all(): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.range(null, null);
  }

  reverseAll(): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    return this.reverseRange(null, null);
  }

  prefixScan<P>(prefix: P, serde: Serde<P>): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    const from = storeKey(serde.serialize(this.name, prefix));
    return this.iterate(this.table.rowsIn({ from, to: prefixEnd(from), reverse: false }));
  }

  approximateNumEntries(): number {
    return this.table.approximateCount();
  }

  private iterate(rows: MergedRows): StoreRangeIterator<K, ValueAndTimestamp<V>> {
    const { table } = this;
    return new RowIterator(rows, (row) => {
      const value = table.valueOf(row);
      return { key: table.keyOf(row), value: { value, timestamp: table.foundTimestamp } };
    });
  }
}
