import type { BytesStore, KeyRange, StoreEntry, StoreIterator, StoreKey } from "@millrace/state-stores";
import { TIMESTAMP_BYTES, rowTimestamp, writeTimestamp } from "../row-bytes.js";
import { TIME_BYTES, type RowLayout } from "./row-layout.js";

/** After all rows, which begin with a time. Holds the last sequence number, observed stream time and the layout's tag. */
const CLOCK_KEY: StoreKey = "\u00ff";

export interface SegmentedRowsOptions {
  readonly rows: BytesStore;
  readonly layout: RowLayout;
  /** The layout that had a tag, for rows of an earlier configuration. */
  readonly layoutOf: (tag: number) => RowLayout;
  readonly retentionMs: number;
  readonly segmentIntervalMs: number;
  /** Refuse row by row, as stores in memory do, instead of segment by segment (W2). */
  readonly exact: boolean;
  /** Rows at the retention's very edge are still seen, as in Kafka Streams' window stores sorted by time. */
  readonly seesEdge?: boolean;
  /** Told of every row refused for its age. */
  readonly onRefused: () => void;
}

/**
 * Rows that are forgotten with time. Time is the greatest time put so far. Rows at or below it minus the retention are
 * not seen; they are deleted a segment at a time.
 */
export class SegmentedRows implements BytesStore {
  readonly name: string;
  /** Greatest time put so far; -1 at first. */
  observedMs: number;
  /** Last sequence number given to a duplicate. */
  sequence: number;
  /** Set when the clock moved since it was saved. */
  clockDirty = false;
  /** Called when old segments were deleted. */
  onExpired: (() => void) | null = null;
  private readonly rows: BytesStore;
  private readonly layout: RowLayout;
  private readonly retentionMs: number;
  private readonly intervalMs: number;
  private readonly exact: boolean;
  private readonly edgeMs: 0 | 1;
  private readonly onRefused: () => void;
  /** Rows that were in the engine before this life begin before; null: to be found out. */
  private storedBeforeMs: number | null = null;
  /** Number of the first segment that was not deleted. */
  private firstSegment = -Infinity;

  constructor(options: SegmentedRowsOptions) {
    this.name = options.rows.name;
    this.rows = options.rows;
    this.layout = options.layout;
    this.retentionMs = options.retentionMs;
    this.intervalMs = options.segmentIntervalMs;
    this.exact = options.exact;
    this.edgeMs = options.seesEdge === true ? 1 : 0;
    this.onRefused = options.onRefused;
    this.observedMs = -1;
    this.sequence = 0;
    this.loadClock(options.layoutOf);
    this.rows.groupByPrefix?.(TIME_BYTES);
  }

  /** Rows of this time and older ones are not seen. */
  get expiredMs(): number {
    return this.observedMs - this.retentionMs - this.edgeMs;
  }

  get(key: StoreKey): Uint8Array | null {
    return this.layout.timeOf(key) <= this.expiredMs ? null : this.rows.get(key);
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    const timeMs = this.layout.timeOf(key);
    this.observe(timeMs);
    if (this.refuses(timeMs)) this.onRefused();
    else this.rows.put(key, value);
  }

  /** A delete that is not counted when the row is gone for its age. */
  remove(key: StoreKey): void {
    const timeMs = this.layout.timeOf(key);
    if (!this.exact) this.observe(timeMs);
    if (!this.refuses(timeMs)) this.rows.put(key, null);
  }

  /** A put that writes nothing. As in Kafka Streams only a store in memory takes notice: time passes, and age is refused. */
  observeNothing(timeMs: number): void {
    if (!this.exact) return;
    this.observe(timeMs);
    if (this.refuses(timeMs)) this.onRefused();
  }

  /** Time passes: also while rows are restored, which go to the engine directly. */
  observe(timeMs: number): void {
    if (timeMs <= this.observedMs) return;
    this.observedMs = timeMs;
    this.clockDirty = true;
    const firstSegment = this.segmentOf(this.observedMs - this.retentionMs);
    if (firstSegment > this.firstSegment) this.expire(firstSegment);
  }

  /**
   * True when the engine surely has no row of this time. The clock does not tell: rows of a life that ended before its
   * commit, or of a restore, may be younger than the clock found with them.
   */
  hasNone(timeMs: number): boolean {
    if (timeMs <= this.observedMs) return false;
    this.storedBeforeMs ??= this.afterLastStored();
    return timeMs >= this.storedBeforeMs;
  }

  /** As `observe`, but leaves deleting to the next put. */
  observeRestored(timeMs: number, sequence: number): void {
    if (timeMs > this.observedMs) this.observedMs = timeMs;
    if (sequence > this.sequence) this.sequence = sequence;
    this.clockDirty = true;
    this.storedBeforeMs = null;
  }

  refuses(timeMs: number): boolean {
    const expiredMs = this.observedMs - this.retentionMs;
    return this.exact ? timeMs <= expiredMs : this.segmentOf(timeMs) < this.segmentOf(expiredMs);
  }

  nextSequence(): number {
    this.sequence = (this.sequence + 1) & 0x7fffffff;
    this.clockDirty = true;
    return this.sequence;
  }

  iterate({ from, to, reverse }: KeyRange): StoreIterator {
    const { expiredMs, layout } = this;
    const live = layout.lowerBound(Math.max(0, expiredMs + 1));
    const low = from === null || from < live ? live : from;
    const end = to === null || to > CLOCK_KEY ? CLOCK_KEY : to;
    const rows = this.rows.iterate({ from: low, to: end < low ? low : end, reverse });
    return new LiveIterator(rows, layout, expiredMs);
  }

  /** Rows in order, with those of live segments that have expired themselves (in memory: without). */
  iterateKept(range: KeyRange): StoreIterator {
    if (this.exact) return this.iterate(range);
    const { from, to, reverse } = range;
    return this.rows.iterate({ from, to: to === null || to > CLOCK_KEY ? CLOCK_KEY : to, reverse });
  }

  approximateCount(): number {
    return this.rows.approximateCount();
  }

  /** Keeps the clock with the rows, so that a store opened again goes on where it was. */
  saveClock(): void {
    if (!this.clockDirty) return;
    this.clockDirty = false;
    const bytes = new Uint8Array(3 * TIMESTAMP_BYTES);
    writeTimestamp(bytes, this.sequence, 0);
    writeTimestamp(bytes, this.observedMs, TIMESTAMP_BYTES);
    writeTimestamp(bytes, this.layout.tag, 2 * TIMESTAMP_BYTES);
    this.rows.put(CLOCK_KEY, bytes);
  }

  private loadClock(layoutOf: (tag: number) => RowLayout): void {
    const bytes = this.rows.get(CLOCK_KEY);
    if (bytes === null) return;
    this.sequence = rowTimestamp(bytes);
    this.observedMs = rowTimestamp(bytes.subarray(TIMESTAMP_BYTES));
    const tag = rowTimestamp(bytes.subarray(2 * TIMESTAMP_BYTES));
    if (tag !== this.layout.tag) this.moveRows(layoutOf(tag));
  }

  /** Another retention cuts other segments: rows must be where they are looked for. */
  private moveRows(from: RowLayout): void {
    const moved = Array.from(this.rows.iterate({ from: null, to: CLOCK_KEY, reverse: false }), ({ key, value }) => ({
      from: key,
      to: this.layout.storeKey(from.keyOf(key), from.timeOf(key), from.secondOf(key)),
      value: value.slice(),
    }));
    for (const row of moved) this.rows.put(row.from, null);
    for (const row of moved) this.rows.put(row.to, row.value);
    this.clockDirty = true;
  }

  private afterLastStored(): number {
    const rows = this.rows.iterate({ from: null, to: CLOCK_KEY, reverse: true });
    const { done, value } = rows.next();
    rows.close();
    if (done === true) return -Infinity;
    // Rows need not be sorted by time within a segment.
    return (this.segmentOf(this.layout.timeOf(value.key)) + 1) * this.intervalMs;
  }

  private segmentOf(timeMs: number): number {
    return Math.floor(timeMs / this.intervalMs);
  }

  private expire(firstSegment: number): void {
    this.firstSegment = firstSegment;
    if (firstSegment <= 0) return;
    const to = this.layout.lowerBound(firstSegment * this.intervalMs);
    if (this.rows.dropBelow !== undefined) this.rows.dropBelow(to);
    else for (const { key } of this.rows.iterate({ from: null, to, reverse: false })) this.rows.put(key, null);
    this.onExpired?.();
  }
}

/** Leaves out rows that have expired but are not deleted yet. */
class LiveIterator implements StoreIterator {
  private readonly rows: StoreIterator;
  private readonly layout: RowLayout;
  private readonly expiredMs: number;

  constructor(rows: StoreIterator, layout: RowLayout, expiredMs: number) {
    this.rows = rows;
    this.layout = layout;
    this.expiredMs = expiredMs;
  }

  next(): IteratorResult<StoreEntry, undefined> {
    for (;;) {
      const result = this.rows.next();
      if (result.done === true || this.layout.timeOf(result.value.key) > this.expiredMs) return result;
    }
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
