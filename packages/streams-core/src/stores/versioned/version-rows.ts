import type { RecordCursor } from "@millrace/kafka-client";
import type { BytesStore, RestoredRows, StoreKey } from "@millrace/state-stores";
import { copyValue } from "../add-restored.js";
import { rowTimestamp, timestampedRow } from "../row-bytes.js";
import { timeIn, timeText } from "../segmented/time-text.js";
import { LatestVersions } from "./latest-versions.js";
import { VersionTimes } from "./version-times.js";

const TIME_BYTES = 8;
/** First character of the rows' own keys; the clock's sorts before it. */
const ROW_PREFIX = "v";
const CLOCK_KEY: StoreKey = "c";
const ALL_ROWS = { from: ROW_PREFIX, to: "w", reverse: false };

/** First byte of a row. */
const TOMBSTONE = 0;
const VALUE = 1;
const tombstoneRow = Uint8Array.of(TOMBSTONE);
const noBytes = new Uint8Array(0);

/** The row of a version; `value` null: a tombstone. */
export function versionRow(value: Uint8Array | null): Uint8Array {
  if (value === null) return tombstoneRow;
  const row = new Uint8Array(1 + value.length);
  row[0] = VALUE;
  row.set(value, 1);
  return row;
}

/** Adds the row of the version that a changelog record stands for. */
export function addVersion(rows: RestoredRows, rowKey: StoreKey, record: RecordCursor): void {
  const { valueStart, valueEnd } = record;
  const at = rows.add(rowKey, valueStart < 0 ? 1 : 1 + valueEnd - valueStart);
  rows.slab[at] = valueStart < 0 ? TOMBSTONE : VALUE;
  if (valueStart >= 0) copyValue(record, rows.slab, at + 1);
}

/** The key of the row of the version of `key` from `timeMs` on. */
export function versionKey(key: StoreKey, timeMs: number): StoreKey {
  return ROW_PREFIX + key + timeText(timeMs);
}

/** Key and time of a version, by the key of its row. */
export function splitKey(rowKey: StoreKey): readonly [key: StoreKey, timeMs: number] {
  return [rowKey.slice(ROW_PREFIX.length, -TIME_BYTES), timeIn(rowKey, rowKey.length - TIME_BYTES)];
}

export interface VersionRowsOptions {
  readonly rows: BytesStore;
  readonly retentionMs: number;
  readonly segmentIntervalMs: number;
}

/**
 * The versions of rows, each in a row of its own by key and time. Which versions there are is kept in memory, so that
 * every read is a point read. A version stays until the segment of the time at which it ended is older than the
 * history (ST3).
 */
export class VersionRows {
  /** Greatest time put so far; -1 at first. */
  observedMs = -1;
  clockDirty = false;
  private readonly rows: BytesStore;
  private readonly retentionMs: number;
  private readonly intervalMs: number;
  private firstSegment = -Infinity;
  private byKey: Map<StoreKey, VersionTimes> | null = null;

  constructor({ rows, retentionMs, segmentIntervalMs }: VersionRowsOptions) {
    this.rows = rows;
    this.retentionMs = retentionMs;
    this.intervalMs = segmentIntervalMs;
    const clock = rows.get(CLOCK_KEY);
    if (clock !== null) this.observedMs = rowTimestamp(clock);
  }

  /** Older than the history: refused as a put, not seen as a read. */
  tooOld(timeMs: number): boolean {
    return timeMs < this.observedMs - this.retentionMs;
  }

  segmentOf(timeMs: number): number {
    return Math.floor(timeMs / this.intervalMs);
  }

  /** The versions of a key; undefined when there is none. */
  of(key: StoreKey): VersionTimes | undefined {
    return this.versions().get(key);
  }

  /** Times at which the versions of a key began, oldest first. */
  timesOf(key: StoreKey): readonly number[] {
    return this.of(key)?.times ?? [];
  }

  /** The latest version of each row that is there. A snapshot. */
  latest(): LatestVersions {
    const latestMs = new Map<StoreKey, number>();
    for (const [key, { times, deleted }] of this.versions()) if (!deleted) latestMs.set(key, times.at(-1)!);
    return new LatestVersions(this.rows.iterate(ALL_ROWS), latestMs, splitKey);
  }

  /** The value of a version, as a view on the row; null for a tombstone. */
  valueOf(key: StoreKey, timeMs: number): Uint8Array | null {
    const row = this.rows.get(versionKey(key, timeMs));
    return row === null || row[0] === TOMBSTONE ? null : row.subarray(1);
  }

  /** Adds a version, or replaces the one of the same time. Gives the time of the next one, -1 when there is none. */
  put(key: StoreKey, value: Uint8Array | null, timeMs: number): number {
    const at = addTo(this.versions(), key, timeMs, value === null);
    const next = this.of(key)?.times[at + 1] ?? -1;
    this.rows.put(versionKey(key, timeMs), versionRow(value));
    this.observe(timeMs);
    return next;
  }

  /** Time passes while rows are restored, which go to the engine directly. */
  observeRestored(timeMs: number): void {
    this.byKey = null;
    if (timeMs > this.observedMs) this.observedMs = timeMs;
    this.clockDirty = true;
  }

  /** Keeps the clock with the rows, so that a store opened again goes on where it was. */
  saveClock(): void {
    if (!this.clockDirty) return;
    this.clockDirty = false;
    this.rows.put(CLOCK_KEY, timestampedRow(noBytes, this.observedMs));
  }

  private observe(timeMs: number): void {
    if (timeMs > this.observedMs) {
      this.observedMs = timeMs;
      this.clockDirty = true;
    }
    if (this.segmentOf(this.observedMs - this.retentionMs) > this.firstSegment) this.expire(this.versions());
  }

  private expire(byKey: Map<StoreKey, VersionTimes>): void {
    const firstSegment = this.segmentOf(this.observedMs - this.retentionMs);
    this.firstSegment = firstSegment;
    for (const [key, versions] of byKey) {
      const { times } = versions;
      let gone = 0;
      while (gone < times.length && this.segmentOf(endOf(versions, gone)) < firstSegment) gone++;
      if (gone === 0) continue;
      for (const timeMs of times.splice(0, gone)) this.rows.put(versionKey(key, timeMs), null);
      if (times.length === 0) byKey.delete(key);
    }
  }

  private versions(): Map<StoreKey, VersionTimes> {
    if (this.byKey !== null) return this.byKey;
    const byKey = (this.byKey = new Map<StoreKey, VersionTimes>());
    for (const { key, value } of this.rows.iterate(ALL_ROWS)) {
      const [own, timeMs] = splitKey(key);
      addTo(byKey, own, timeMs, value[0] === TOMBSTONE);
    }
    // What was restored has not been looked at yet.
    this.expire(byKey);
    return byKey;
  }
}

function addTo(byKey: Map<StoreKey, VersionTimes>, key: StoreKey, timeMs: number, tombstone: boolean): number {
  let versions = byKey.get(key);
  if (versions === undefined) byKey.set(key, (versions = new VersionTimes()));
  return versions.add(timeMs, tombstone);
}

/** The latest version never ends, unless it is a tombstone: that ended when it came. */
function endOf({ times, deleted }: VersionTimes, at: number): number {
  return times[at + 1] ?? (deleted ? times[at]! : Infinity);
}
