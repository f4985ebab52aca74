import type { ReadOnlyWindowStore, StoreRangeIterator, Windowed } from "../../model/index.js";
import type { StoredRow } from "../merged-rows.js";
import { RowIterator } from "../row-iterator.js";
import type { RowSource } from "../row-source.js";
import type { SegmentedTable } from "../segmented/segmented-table.js";

const LAST_MS = Number.MAX_SAFE_INTEGER;

/** Reads of a window store whose rows are shown as `R`. A row's time is its window's start. */
export abstract class WindowReads<K, V, R> implements ReadOnlyWindowStore<K, R> {
  readonly name: string;
  readonly persistent: boolean;
  protected readonly table: SegmentedTable<K, V>;

  constructor(table: SegmentedTable<K, V>, persistent: boolean) {
    this.name = table.name;
    this.persistent = persistent;
    this.table = table;
  }

  /** The row of a value just read; the table knows its timestamp. */
  protected abstract shown(value: V): R;

  get(key: K, startMs: number): R | null {
    const value = this.table.find(key, startMs, 0);
    return value === null ? null : this.shown(value);
  }

  fetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, R> {
    return this.startsOf(this.table.rowsOf(key, { fromMs, toMs, reverse: false }));
  }

  backwardFetch(key: K, fromMs: number, toMs: number): StoreRangeIterator<number, R> {
    return this.startsOf(this.table.rowsOf(key, { fromMs, toMs, reverse: true }));
  }

  fetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, R> {
    const query = { fromKey: from, toKey: to, fromMs, toMs, reverse: false, cacheBySegment: true };
    return this.windowsOf(this.table.rowsIn(query));
  }

  backwardFetchRange(from: K | null, to: K | null, fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, R> {
    return this.windowsOf(this.table.rowsIn({ fromKey: from, toKey: to, fromMs, toMs, reverse: true }));
  }

  fetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, R> {
    return this.windowsOf(this.table.rowsIn({ fromKey: null, toKey: null, fromMs, toMs, reverse: false }));
  }

  backwardFetchAll(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, R> {
    return this.backwardFetchRange(null, null, fromMs, toMs);
  }

  all(): StoreRangeIterator<Windowed<K>, R> {
    return this.fetchAll(0, LAST_MS);
  }

  backwardAll(): StoreRangeIterator<Windowed<K>, R> {
    return this.backwardFetchAll(0, LAST_MS);
  }

  private startsOf(rows: RowSource): StoreRangeIterator<number, R> {
    const { layout } = this.table;
    return new RowIterator(rows, (row) => ({ key: layout.timeOf(row.key), value: this.decoded(row) }));
  }

  private windowsOf(rows: RowSource): StoreRangeIterator<Windowed<K>, R> {
    const { table } = this;
    return new RowIterator(rows, (row) => ({ key: table.windowedKey(row.key), value: this.decoded(row) }));
  }

  private decoded(row: StoredRow): R {
    return this.shown(this.table.valueOf(row));
  }
}
