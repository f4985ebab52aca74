import type { StoreRangeIterator, ValueAndTimestamp, Windowed } from "../../model/index.js";
import { RowIterator } from "../row-iterator.js";
import type { RowSource } from "../row-source.js";
import type { RowQuery, RowsOfKey, SegmentedTable } from "../segmented/segmented-table.js";

type Rows<K, V> = StoreRangeIterator<Windowed<K>, ValueAndTimestamp<V>>;

/**
 * Reads of window and session stores, with the rows' timestamps; -1 where the store keeps none. A row's time is its
 * window's start or its session's end; its second number a session's start, and 0 in window stores.
 */
export class SegmentedReads<K, V> {
  readonly kind = "segmented";
  private readonly table: SegmentedTable<K, V>;

  constructor(table: SegmentedTable<K, V>) {
    this.table = table;
  }

  get(key: K, timeMs: number, second: number): ValueAndTimestamp<V> | null {
    const value = this.table.peek(key, timeMs, second);
    return value === null ? null : { value, timestamp: this.table.readTimestamp };
  }

  /** Rows of one key by time, then second number; a snapshot. */
  rowsOf(key: K, query: RowsOfKey): Rows<K, V> {
    return this.iterate(this.table.rowsOf(key, { ...query, peek: true }));
  }

  /** Rows of many keys in the order of the store; a snapshot. */
  rowsIn(query: RowQuery<K>): Rows<K, V> {
    return this.iterate(this.table.rowsIn(query));
  }

  private iterate(rows: RowSource): Rows<K, V> {
    const { table } = this;
    return new RowIterator(rows, (row) => {
      const value = table.valueOf(row);
      return { key: table.windowedKey(row.key), value: { value, timestamp: table.readTimestamp } };
    });
  }
}
