import type { Isolation } from "../../port/client.js";
import type { FetchedPartition } from "../../port/records.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { FetchedPartitionAnswer } from "../../protocol/requests/fetch.js";
import type { PartitionReader } from "../../reading/partition-reader.js";
import { RangeCutter } from "../../reading/range-cutter.js";
import type { FetchedRange } from "./fetched-range.js";

interface BufferedRange extends FetchedRange {
  readonly highWatermark: number;
  readonly lastStableOffset: number;
}

/** What its fetcher hears from a buffer. */
export interface BufferOwner {
  readonly isolation: Isolation;
  /** There may be something to fetch that was not to be fetched before. */
  wanting(): void;
  /** Its error was thrown to the reader, who may want to try again. */
  retry(buffer: PartitionBuffer): void;
  closed(buffer: PartitionBuffer): void;
}

/** One partition, fetched ahead of its reader. */
export class PartitionBuffer implements PartitionReader {
  readonly tp: TopicPartition;
  /** True while its leader is not known: nothing is fetched before the metadata is refreshed. */
  leaderless = false;
  readonly #owner: BufferOwner;
  readonly #ranges: BufferedRange[] = [];
  readonly #current = new RangeCutter();
  #paused = false;
  #ready = true;
  #position: number | undefined;
  #fetchOffset = -1;
  #generation = 0;
  #bufferedBytes = 0;
  #highWatermark = -1;
  #lastStableOffset = -1;
  #seenEnd: number | undefined;
  #failure: { readonly error: Error; readonly lasting: boolean } | null = null;

  constructor(tp: TopicPartition, owner: BufferOwner) {
    this.tp = tp;
    this.#owner = owner;
  }

  get paused(): boolean {
    return this.#paused;
  }

  set paused(paused: boolean) {
    this.#paused = paused;
    if (!paused) this.#owner.wanting();
  }

  get ready(): boolean {
    return this.#ready;
  }

  set ready(ready: boolean) {
    this.#ready = ready;
    if (ready) this.#owner.wanting();
  }

  get position(): number | undefined {
    return this.#position;
  }

  get lag(): number | undefined {
    if (this.#position === undefined || this.#seenEnd === undefined) return undefined;
    return Math.max(0, this.#seenEnd - this.#position);
  }

  /** Where the next fetch begins. */
  get fetchOffset(): number {
    return this.#fetchOffset;
  }

  /** Another one after each seek: an answer to an earlier question is of no use then. */
  get generation(): number {
    return this.#generation;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** True when its reader wants more than there is, sooner or later. */
  get wanted(): boolean {
    return !this.#paused && this.#ready && this.#position !== undefined && this.#failure === null;
  }

  seek(offset: number): void {
    this.#position = this.#fetchOffset = offset;
    this.#generation++;
    this.#ranges.length = 0;
    this.#bufferedBytes = 0;
    this.#current.clear();
    this.#failure = null;
    this.#owner.wanting();
  }

  take(maxRecords: number): FetchedPartition | null {
    const from = this.#position;
    if (from === undefined) return null;
    if (!this.#current.holds(from) && !this.#next()) {
      this.#throwFailure();
      return null;
    }
    const { records, countHint, to } = this.#current.cut(from, maxRecords);
    this.#position = to;
    const highWatermark = this.#highWatermark;
    return { tp: this.tp, records, countHint, nextOffset: to, highWatermark, lastStableOffset: this.#lastStableOffset };
  }

  /** Takes in what was fetched from `fetchOffset` on. True when that is something to take. */
  accept(range: FetchedRange, answer: FetchedPartitionAnswer): boolean {
    const { highWatermark } = answer;
    const lastStableOffset = answer.lastStableOffset < 0 ? highWatermark : answer.lastStableOffset;
    this.#seenEnd = this.#owner.isolation === "read_committed" ? lastStableOffset : highWatermark;
    if (range.end === this.#fetchOffset) return false;
    this.#ranges.push({ ...range, highWatermark, lastStableOffset });
    this.#bufferedBytes += range.sizeBytes;
    this.#fetchOffset = range.end;
    return true;
  }

  /** What `take` throws once everything before it was taken: again and again until a seek when `lasting`. */
  fail(error: Error, lasting: boolean): void {
    this.#failure = { error, lasting };
  }

  close(): void {
    this.#generation++;
    this.#ranges.length = 0;
    this.#bufferedBytes = 0;
    this.#current.clear();
    this.#owner.closed(this);
  }

  #next(): boolean {
    const range = this.#ranges.shift();
    if (range === undefined) return false;
    this.#bufferedBytes -= range.sizeBytes;
    this.#current.load(range.batches, range.end);
    this.#highWatermark = range.highWatermark;
    this.#lastStableOffset = range.lastStableOffset;
    this.#owner.wanting();
    return true;
  }

  #throwFailure(): void {
    if (this.#failure === null) return;
    const { error, lasting } = this.#failure;
    if (!lasting) {
      this.#failure = null;
      this.#owner.retry(this);
    }
    throw error;
  }
}
