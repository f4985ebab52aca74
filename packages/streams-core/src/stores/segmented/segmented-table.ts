import type { StoreKey } from "@millrace/state-stores";
import type { FlushListener, Windowed } from "../../model/index.js";
import { CacheEntry } from "../cache-entry.js";
import type { KeyCodec, RowKeys } from "../key-codec.js";
import type { StoredRow } from "../merged-rows.js";
import type { StoreWatcher } from "../reads/store-reads.js";
import type { RowSource } from "../row-source.js";
import { UntimedRows } from "../untimed-rows.js";
import { RowTable, type RowTableOptions } from "../row-table.js";
import { FilteredRows, ListedRows } from "./listed-rows.js";
import { LiveRows } from "./live-rows.js";
import type { RowLayout } from "./row-layout.js";
import type { SegmentedRows } from "./segmented-rows.js";
import { WindowEntries, type OpenWindow } from "./window-entries.js";

/** A range of keys and times to read, all ends inclusive; null is an open end. */
export interface RowQuery<K> {
  readonly fromKey: K | null;
  readonly toKey: K | null;
  readonly fromMs: number;
  readonly toMs: number;
  /** Rows whose second number is greater are left out. Default: none are. */
  readonly maxSecond?: number;
  readonly reverse: boolean;
  /** Read the cache segment by segment, see {@link cacheRanges}. */
  readonly cacheBySegment?: boolean;
  /** The order of the cache stays as it is. */
  readonly peek?: boolean;
}

const gone = { value: null, timestamp: -1 } as const;

/** What to read of one key. */
export type RowsOfKey = Omit<RowQuery<unknown>, "fromKey" | "toKey" | "cacheBySegment">;

export interface SegmentedTableOptions<K, V> extends Omit<
  RowTableOptions<Windowed<K>, V>,
  "keys" | "rows" | "cacheReads" | "held"
> {
  readonly rows: SegmentedRows;
  readonly layout: RowLayout;
  /** There may be several rows of a key and time. */
  readonly hasSeconds: boolean;
  readonly forgetsTimestamps: boolean;
  /** The order of reads by key range, where it is not that of `layout`. */
  readonly keyRangeLayout: RowLayout | null;
  readonly codec: KeyCodec<K>;
  /** The window of a row's time and second number. */
  readonly windowOf: (key: K, timeMs: number, second: number) => Windowed<K>;
}

/** Rows by key, time and second number that are forgotten with time: what window and session stores are made of. */
export class SegmentedTable<K, V> {
  readonly rows: SegmentedRows;
  readonly layout: RowLayout;
  private readonly keyRangeLayout: RowLayout | null;
  private readonly table: RowTable<Windowed<K>, V>;
  private readonly codec: KeyCodec<K>;
  private readonly windowOf: SegmentedTableOptions<K, V>["windowOf"];
  /** Greatest time written, through the cache or not. */
  private latestMs = -1;
  /** Made when somebody first reads by key and time range, kept up to date from then on. */
  private live: LiveRows | null = null;
  /** Null: nobody watches. */
  watcher: StoreWatcher | null = null;
  /** Null: not cached, or rows are told apart by more than key and time. */
  private readonly windows: WindowEntries | null;
  /** One look-up per record: an operator finds a row and then writes it. Null: the cache does not hold it. */
  private lastText: StoreKey = "";
  private lastWindow: OpenWindow | null = null;
  private lastEntry: CacheEntry | null = null;

  constructor(options: SegmentedTableOptions<K, V>) {
    const { rows, layout, codec, windowOf } = options;
    this.rows = rows;
    this.layout = layout;
    this.keyRangeLayout = options.keyRangeLayout;
    this.codec = codec;
    this.windowOf = windowOf;
    const keys: RowKeys<Windowed<K>> = {
      toStoreKey: ({ key, startMs }) => this.storeKey(key, startMs, 0),
      fromStoreKey: (row) => this.windowedKey(row),
      fromEntry: ({ group, rowKey, storeKey }) =>
        group === null ? this.windowedKey(storeKey) : windowOf(codec.fromStoreKey(rowKey), group.startMs, 0),
      changelogKey: (row, memory) => layout.changelogKey(row, memory),
    };
    const stored = options.forgetsTimestamps ? new UntimedRows(rows) : rows;
    this.windows = options.cache === null || options.hasSeconds ? null : new WindowEntries(layout, rows);
    this.table = new RowTable<Windowed<K>, V>({
      ...options,
      rows: stored,
      keys,
      cacheReads: false,
      held: this.windows,
    });
    rows.onExpired = () => this.prune();
  }

  get name(): string {
    return this.table.name;
  }

  get cached(): boolean {
    return this.table.cached;
  }

  get dirty(): boolean {
    return this.table.dirty || this.rows.clockDirty;
  }

  /** Of the row that was found or decoded last. */
  get foundTimestamp(): number {
    return this.table.foundTimestamp;
  }

  /** Of the row that was read last; -1 where rows have none. */
  get readTimestamp(): number {
    return this.table.readTimestamp;
  }

  flush(): void {
    this.table.flush();
    this.rows.saveClock();
  }

  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean {
    return this.table.onFlush(listener, sendOldValues);
  }

  find(key: K, timeMs: number, second: number): V | null {
    const { windows } = this;
    if (windows === null) return this.table.findAt(this.storeKey(key, timeMs, second), undefined);
    const text = this.codec.toStoreKey(key);
    const window = windows.peek(timeMs);
    const entry = window?.rows.get(text) ?? null;
    this.lastText = text;
    this.lastWindow = window ?? null;
    this.lastEntry = entry;
    if (entry !== null) return this.table.findHeld(entry);
    const isNowhere = window === undefined ? this.rows.hasNone(timeMs) : window.complete;
    return isNowhere ? null : this.table.findStored(this.layout.storeKey(text, timeMs, second));
  }

  /** As `find`, for those outside of the task: the cache stays as it is. */
  peek(key: K, timeMs: number, second: number): V | null {
    return this.table.peekAt(this.storeKey(key, timeMs, second));
  }

  write(key: K, timeMs: number, second: number, row: { readonly value: V | null; readonly timestamp: number }): void {
    const text = this.codec.toStoreKey(key);
    if (timeMs > this.latestMs) this.latestMs = timeMs;
    if (this.windows === null) {
      this.table.writeAt(this.layout.storeKey(text, timeMs, second), undefined, row.value, row.timestamp);
    } else {
      this.writeCached(this.windows.at(timeMs), text, row);
    }
    if (row.value === null) this.live?.remove(text, timeMs, second);
    else this.live?.add(text, timeMs, second);
    if (this.watcher !== null) this.tell(key, timeMs, second, row);
  }

  private tell(
    key: K,
    timeMs: number,
    second: number,
    { value, timestamp }: { readonly value: V | null; readonly timestamp: number },
  ): void {
    if (!this.rows.refuses(timeMs)) this.watcher?.(this.windowOf(key, timeMs, second), value, timestamp);
  }

  private writeCached(
    window: OpenWindow,
    text: StoreKey,
    { value, timestamp }: { readonly value: V | null; readonly timestamp: number },
  ): void {
    const isLast = window === this.lastWindow && text === this.lastText;
    let entry = isLast && this.lastEntry?.held !== false ? this.lastEntry : (window.rows.get(text) ?? null);
    // Evicting rows may lead to other writes.
    this.lastWindow = null;
    if (entry !== null) {
      this.table.writeHeld(entry, value, timestamp);
      return;
    }
    entry = new CacheEntry(this.layout.storeKey(text, window.startMs, 0), undefined);
    entry.rowKey = text;
    entry.group = window;
    this.table.writeNew(entry, value, timestamp);
  }

  /** A null among duplicates deletes nothing: only the changelog hears of it, and in memory it is looked at for its age. */
  writeNothing(key: K, timeMs: number, second: number): void {
    this.rows.observeNothing(timeMs);
    this.table.logDelete(this.storeKey(key, timeMs, second));
  }

  /** Deletes; a row that is gone for its age is not counted as dropped, unless the cache finds out later. */
  remove(key: K, timeMs: number, second: number): void {
    const text = this.codec.toStoreKey(key);
    this.table.removeAt(this.layout.storeKey(text, timeMs, second));
    this.live?.remove(text, timeMs, second);
    if (this.watcher !== null) this.tell(key, timeMs, second, gone);
  }

  /** Rows of one key by time, then second number; a snapshot. */
  rowsOf(key: K, { fromMs, toMs, maxSecond = Infinity, reverse, peek }: RowsOfKey): RowSource {
    const text = this.codec.toStoreKey(key);
    this.live ??= this.liveRows();
    const rows = this.live.of(text);
    const found: StoredRow[] = [];
    if (rows === undefined) return new ListedRows(found);
    const { times, seconds } = rows;
    for (let at = rows.indexOf(fromMs, -Infinity); at < times.length && times[at]! <= toMs; at++) {
      const second = seconds[at]!;
      if (second > maxSecond) continue;
      const storeKey = this.layout.storeKey(text, times[at]!, second);
      const bytes = peek === true ? this.table.peekRow(storeKey) : this.table.rowAt(storeKey);
      if (bytes !== null) found.push({ key: storeKey, bytes });
    }
    if (this.layout.secondsDescend) found.sort((left, right) => (left.key < right.key ? -1 : 1));
    return new ListedRows(reverse ? found.reverse() : found);
  }

  /** Rows of many keys in the order of the layout, those of the cache merged in; a snapshot. */
  rowsIn({ fromKey, toKey, fromMs, toMs, maxSecond = Infinity, reverse, cacheBySegment }: RowQuery<K>): RowSource {
    const { layout, codec } = this;
    const from = fromKey === null ? null : codec.toStoreKey(fromKey);
    const to = toKey === null ? null : codec.toStoreKey(toKey);
    const low = fromMs <= 0 ? null : layout.lowerBound(fromMs);
    const high = toMs >= Number.MAX_SAFE_INTEGER ? null : layout.upperBound(Math.max(toMs, fromMs, 0));
    const held =
      this.cached && cacheBySegment === true
        ? layout.cacheRanges({ from, to, fromMs, toMs: Math.min(toMs, this.latestMs) })
        : null;
    const rows = this.table.rowsIn({ from: low, to: high, reverse }, held);
    const found = new FilteredRows(rows, (row) => {
      const timeMs = layout.timeOf(row);
      if (timeMs < fromMs || timeMs > toMs || layout.secondOf(row) > maxSecond) return false;
      if (from === null && to === null) return true;
      const key = layout.keyOf(row);
      return (from === null || key >= from) && (to === null || key <= to);
    });
    return this.keyRangeLayout === null || (from === null && to === null)
      ? found
      : this.reordered(found, this.keyRangeLayout, reverse);
  }

  /** Rows of a range of times by time, then second number, past the cache; with those that have expired but are kept. */
  keptIn(fromMs: number, toMs: number): RowSource {
    const { layout } = this;
    const found: StoredRow[] = [];
    const to = toMs >= Number.MAX_SAFE_INTEGER ? null : layout.upperBound(toMs);
    for (const { key, value } of this.rows.iterateKept({ from: layout.lowerBound(fromMs), to, reverse: false })) {
      const timeMs = layout.timeOf(key);
      if (timeMs >= fromMs && timeMs <= toMs) found.push({ key, bytes: value });
    }
    const order = (row: StoredRow): [number, number] => [layout.timeOf(row.key), layout.secondOf(row.key)];
    return new ListedRows(
      found.sort((left, right) => {
        const [time, second] = order(left);
        const [otherTime, otherSecond] = order(right);
        return time - otherTime || second - otherSecond;
      }),
    );
  }

  windowedKey(row: StoreKey): Windowed<K> {
    const { layout } = this;
    return this.windowOf(this.codec.fromStoreKey(layout.keyOf(row)), layout.timeOf(row), layout.secondOf(row));
  }

  /** Value of a row. Sets `foundTimestamp`. */
  valueOf(row: StoredRow): V {
    return this.table.valueOf(row);
  }

  /** Rows are being restored, past this object. */
  forgetLive(): void {
    this.live = null;
    this.windows?.storedElsewhere();
  }

  private reordered(rows: RowSource, order: RowLayout, reverse: boolean): RowSource {
    const { layout } = this;
    const found: { readonly row: StoredRow; readonly at: StoreKey }[] = [];
    for (let row = rows.next(); row !== null; row = rows.next()) {
      const at = order.storeKey(layout.keyOf(row.key), layout.timeOf(row.key), layout.secondOf(row.key));
      found.push({ row, at });
    }
    const sign = reverse ? -1 : 1;
    found.sort((left, right) => (left.at < right.at ? -sign : sign));
    return new ListedRows(found.map(({ row }) => row));
  }

  private storeKey(key: K, timeMs: number, second: number): StoreKey {
    return this.layout.storeKey(this.codec.toStoreKey(key), timeMs, second);
  }

  private liveRows(): LiveRows {
    const { layout } = this;
    const live = new LiveRows();
    const rows = this.table.rowsIn({ from: null, to: null, reverse: false });
    for (let row = rows.next(); row !== null; row = rows.next()) {
      live.add(layout.keyOf(row.key), layout.timeOf(row.key), layout.secondOf(row.key));
    }
    return live;
  }

  /** What the engine has deleted for its age may still be in the cache, and is seen there (conformance §3.1). */
  private prune(): void {
    const { table, layout } = this;
    this.live?.prune(
      this.rows.expiredMs,
      (key, timeMs, second) => !table.holdsRow(layout.storeKey(key, timeMs, second)),
    );
  }
}
