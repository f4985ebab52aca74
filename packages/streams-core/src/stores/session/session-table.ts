import type {
  FlushListener,
  RecordContext,
  SessionTableStore,
  StoreRangeIterator,
  Windowed,
} from "../../model/index.js";
import { RowIterator } from "../row-iterator.js";
import type { RowSource } from "../row-source.js";
import type { SegmentedTable } from "../segmented/segmented-table.js";

const LAST_MS = Number.MAX_SAFE_INTEGER;

/** {@link SessionStore} for users and {@link SessionTableStore} for operators. A row's time is its session's end. */
export class SessionTable<K, V> implements SessionTableStore<K, V> {
  readonly name: string;
  readonly persistent: boolean;
  private readonly table: SegmentedTable<K, V>;
  private readonly current: RecordContext;

  constructor(table: SegmentedTable<K, V>, persistent: boolean, current: RecordContext) {
    this.name = table.name;
    this.persistent = persistent;
    this.table = table;
    this.current = current;
  }

  get(key: K, startMs: number, endMs: number): V | null {
    return this.table.find(key, endMs, startMs);
  }

  put({ key, startMs, endMs }: Windowed<K>, value: V | null): void {
    this.table.write(key, endMs, startMs, { value, timestamp: this.current.timestamp });
  }

  remove({ key, startMs, endMs }: Windowed<K>): void {
    this.table.remove(key, endMs, startMs);
  }

  fetch(key: K): StoreRangeIterator<Windowed<K>, V> {
    return this.findSessions(key, 0, LAST_MS);
  }

  backwardFetch(key: K): StoreRangeIterator<Windowed<K>, V> {
    return this.backwardFindSessions(key, 0, LAST_MS);
  }

  fetchRange(from: K | null, to: K | null): StoreRangeIterator<Windowed<K>, V> {
    return this.sessionsOf(this.table.rowsIn({ fromKey: from, toKey: to, fromMs: 0, toMs: LAST_MS, reverse: false }));
  }

  backwardFetchRange(from: K | null, to: K | null): StoreRangeIterator<Windowed<K>, V> {
    return this.sessionsOf(this.table.rowsIn({ fromKey: from, toKey: to, fromMs: 0, toMs: LAST_MS, reverse: true }));
  }

  findSessions(key: K, earliestEndMs: number, latestStartMs: number): StoreRangeIterator<Windowed<K>, V> {
    return this.found(key, earliestEndMs, latestStartMs, false);
  }

  backwardFindSessions(key: K, earliestEndMs: number, latestStartMs: number): StoreRangeIterator<Windowed<K>, V> {
    return this.found(key, earliestEndMs, latestStartMs, true);
  }

  sessionsEnding(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V> {
    return this.sessionsOf(this.table.keptIn(fromMs, toMs));
  }

  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean {
    return this.table.onFlush(listener, sendOldValues);
  }

  private found(key: K, fromMs: number, maxSecond: number, reverse: boolean): StoreRangeIterator<Windowed<K>, V> {
    return this.sessionsOf(this.table.rowsOf(key, { fromMs, toMs: LAST_MS, maxSecond, reverse }));
  }

  private sessionsOf(rows: RowSource): StoreRangeIterator<Windowed<K>, V> {
    const { table } = this;
    return new RowIterator(rows, (row) => ({ key: table.windowedKey(row.key), value: table.valueOf(row) }));
  }
}
