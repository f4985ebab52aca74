import { keyBytes, type KeyRange, type StoreKey } from "@millrace/state-stores";
import type { ByteMemory } from "../../serde/index.js";
import { storeKeyAt } from "../store-key-at.js";
import { intIn, intText, timeIn, timeText } from "./time-text.js";

/** Rows begin with a time, or the number of their segment; so do bounds. */
export const TIME_BYTES = 8;
const LAST_MS = Number.MAX_SAFE_INTEGER;
/** Tags; that of a layout by segment is the segment's length. */
const BY_TIME = 0;
const BY_TIME_DESCENDING = -1;

/**
 * How rows of a key, a time and a second number are laid out in the engine. The time is what a row expires by: a
 * window's start, a session's end. The second number is a duplicate's sequence number (4 bytes) or a session's start (8).
 * A changelog key is always key, time, second, as in Kafka Streams (ST4).
 */
export interface RowLayout {
  /** Tells layouts of one width apart, see {@link layoutOfTag}. */
  readonly tag: number;
  storeKey(key: StoreKey, timeMs: number, second: number): StoreKey;
  keyOf(row: StoreKey): StoreKey;
  timeOf(row: StoreKey): number;
  secondOf(row: StoreKey): number;
  changelogKey(row: StoreKey, memory: ByteMemory): Uint8Array;
  /** The row of the changelog key `buffer[start, end)`. */
  fromChangelog(buffer: Uint8Array, start: number, end: number): StoreKey;
  /** Rows of this time and later ones are at or after it; rows of segments before that of `timeMs` are before it. */
  lowerBound(timeMs: number): StoreKey;
  /** Rows of this time and earlier ones are before it. */
  upperBound(timeMs: number): StoreKey;
  /** Rows of a key and time come by falling second number. */
  readonly secondsDescend: boolean;
  /** The ranges that a cache is read in for keys and times, all ends inclusive; null: in one. */
  cacheRanges(rows: CacheQuery): readonly KeyRange[] | null;
}

/** Keys and times to look for in a cache; null is an open end. */
export interface CacheQuery {
  readonly from: StoreKey | null;
  readonly to: StoreKey | null;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Sorts after every row of the same segment and key, because times do. */
const AFTER_TIMES = "\u0001";
/** Beyond this, Kafka Streams' way takes too long to be waited for. */
const CACHE_SEGMENTS_MAX = 1_000;

/** Beyond this, a loop takes longer than the calls that make a copy. */
const LOOP_CHARS = 64;

/** The bytes of a store key from `start` on. */
function bytesFrom(key: StoreKey, start: number, memory: ByteMemory): Uint8Array {
  const length = key.length - start;
  if (length > LOOP_CHARS) return keyBytes(key.slice(start));
  const bytes = memory.of(length);
  for (let index = 0; index < length; index++) bytes[index] = key.charCodeAt(start + index);
  return bytes;
}

/** Width of the second number. */
export type SecondBytes = 4 | 8;

const secondText = (second: number, bytes: SecondBytes): string => (bytes === 4 ? intText(second) : timeText(second));
const secondIn = (text: string, at: number, bytes: SecondBytes): number =>
  bytes === 4 ? intIn(text, at) : timeIn(text, at);

/** Segment, key, time, second: the order of Kafka Streams' persistent stores (conformance §5). */
export class SegmentLayout implements RowLayout {
  readonly secondsDescend = false;
  readonly tag: number;
  private readonly intervalMs: number;
  private readonly secondBytes: SecondBytes;
  private readonly tailBytes: number;

  constructor(intervalMs: number, secondBytes: SecondBytes) {
    // Windows without an end are never dropped: one segment will do.
    this.intervalMs = Math.min(intervalMs, LAST_MS);
    this.tag = this.intervalMs;
    this.secondBytes = secondBytes;
    this.tailBytes = TIME_BYTES + secondBytes;
  }

  storeKey(key: StoreKey, timeMs: number, second: number): StoreKey {
    return this.lowerBound(timeMs) + key + timeText(timeMs) + secondText(second, this.secondBytes);
  }

  keyOf(row: StoreKey): StoreKey {
    return row.slice(TIME_BYTES, row.length - this.tailBytes);
  }

  timeOf(row: StoreKey): number {
    return timeIn(row, row.length - this.tailBytes);
  }

  secondOf(row: StoreKey): number {
    return secondIn(row, row.length - this.secondBytes, this.secondBytes);
  }

  changelogKey(row: StoreKey, memory: ByteMemory): Uint8Array {
    return bytesFrom(row, TIME_BYTES, memory);
  }

  fromChangelog(buffer: Uint8Array, start: number, end: number): StoreKey {
    const row = storeKeyAt(buffer, start, end);
    return this.lowerBound(timeIn(row, row.length - this.tailBytes)) + row;
  }

  lowerBound(timeMs: number): StoreKey {
    return timeText(Math.floor(timeMs / this.intervalMs));
  }

  upperBound(timeMs: number): StoreKey {
    return timeText(Math.floor(timeMs / this.intervalMs) + 1);
  }

  /**
   * As in Kafka Streams, a range per segment, which for an open end begins at the cache's start, or ends at its end: rows
   * then come once for each segment that is read. Each row comes once where there are more segments than can be walked.
   */
  cacheRanges({ from, to, fromMs, toMs }: CacheQuery): readonly KeyRange[] | null {
    const first = Math.floor(fromMs / this.intervalMs);
    const last = Math.floor(toMs / this.intervalMs);
    if (last - first >= CACHE_SEGMENTS_MAX) return null;
    const ranges: KeyRange[] = [];
    for (let segment = first; segment <= last; segment++) {
      const prefix = timeText(segment);
      const low = from === null ? null : prefix + from;
      ranges.push({ from: low, to: to === null ? null : prefix + to + AFTER_TIMES, reverse: false });
    }
    return ranges;
  }
}

/** Time, key, second: the order of Kafka Streams' stores in memory, and of those that emit on close. */
export class TimeLayout implements RowLayout {
  readonly secondsDescend: boolean;
  readonly tag: number;
  private readonly secondBytes: SecondBytes;

  constructor(secondBytes: SecondBytes, secondsDescend = false) {
    this.secondBytes = secondBytes;
    this.secondsDescend = secondsDescend;
    this.tag = secondsDescend ? BY_TIME_DESCENDING : BY_TIME;
  }

  storeKey(key: StoreKey, timeMs: number, second: number): StoreKey {
    return timeText(timeMs) + key + this.tail(second);
  }

  keyOf(row: StoreKey): StoreKey {
    return row.slice(TIME_BYTES, row.length - this.secondBytes);
  }

  timeOf(row: StoreKey): number {
    return timeIn(row, 0);
  }

  secondOf(row: StoreKey): number {
    const second = secondIn(row, row.length - this.secondBytes, this.secondBytes);
    return this.secondsDescend ? LAST_MS - second : second;
  }

  changelogKey(row: StoreKey, memory: ByteMemory): Uint8Array {
    const second = secondText(this.secondOf(row), this.secondBytes);
    return bytesFrom(this.keyOf(row) + row.slice(0, TIME_BYTES) + second, 0, memory);
  }

  fromChangelog(buffer: Uint8Array, start: number, end: number): StoreKey {
    const text = storeKeyAt(buffer, start, end);
    const secondAt = text.length - this.secondBytes;
    const timeAt = secondAt - TIME_BYTES;
    const tail = this.tail(secondIn(text, secondAt, this.secondBytes));
    return text.slice(timeAt, secondAt) + text.slice(0, timeAt) + tail;
  }

  lowerBound(timeMs: number): StoreKey {
    return timeText(timeMs);
  }

  upperBound(timeMs: number): StoreKey {
    return timeText(timeMs + 1);
  }

  cacheRanges(): null {
    return null;
  }

  private tail(second: number): string {
    return secondText(this.secondsDescend ? LAST_MS - second : second, this.secondBytes);
  }
}

/** The layout that had this tag. */
export function layoutOfTag(tag: number, secondBytes: SecondBytes): RowLayout {
  return tag > 0 ? new SegmentLayout(tag, secondBytes) : new TimeLayout(secondBytes, tag === BY_TIME_DESCENDING);
}
