import type { Isolation } from "../../port/client.js";
import type { FetchedPartition } from "../../port/records.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import { BatchCursor, type RecordBatch } from "../../protocol/index.js";
import type { PartitionLog } from "../log/partition-log.js";

/** Hands out one partition from a position on, in pieces of a bounded number of records. */
export class PartitionFetcher {
  readonly log: PartitionLog;
  paused = false;
  /** False until the rebalance listener has taken the partition in. */
  ready = true;
  readonly #isolation: Isolation;
  readonly #maxBytes: number;
  readonly #stopListening: () => void;
  #position: number | undefined;
  #batches: readonly RecordBatch[] = [];
  #nextBatch = 0;
  #rangeEnd = -1;
  #seenEnd: number | undefined;
  /** Ended inside a batch: the next piece goes on from there. */
  #cutCursor: BatchCursor | null = null;

  constructor(log: PartitionLog, isolation: Isolation, maxBytes: number, onAdvance: () => void) {
    this.log = log;
    this.#isolation = isolation;
    this.#maxBytes = maxBytes;
    this.#stopListening = log.onAdvance(onAdvance);
  }

  get tp(): TopicPartition {
    return this.log.tp;
  }

  /** Undefined until a position was chosen. */
  get position(): number | undefined {
    return this.#position;
  }

  /** Records up to the end seen by the last fetch. */
  get lag(): number | undefined {
    if (this.#position === undefined || this.#seenEnd === undefined) return undefined;
    return Math.max(0, this.#seenEnd - this.#position);
  }

  seek(offset: number): void {
    this.#position = offset;
    this.#batches = [];
    this.#nextBatch = 0;
    this.#rangeEnd = -1;
    this.#cutCursor = null;
  }

  /** The next piece of at most `maxRecords` offsets; null when there is nothing now. Moves the position. */
  take(maxRecords: number): FetchedPartition | null {
    const from = this.#position;
    if (from === undefined) return null;
    this.#seenEnd = this.log.endOffset(this.#isolation);
    if (this.#rangeEnd <= from) {
      const range = this.log.read(from, this.#isolation, this.#maxBytes);
      if (range.nextOffset === from) return null;
      this.#batches = range.batches;
      this.#nextBatch = 0;
      this.#rangeEnd = range.nextOffset;
    }
    return this.#cut(from, maxRecords);
  }

  close(): void {
    this.#stopListening();
    this.#batches = [];
  }

  #cut(from: number, maxRecords: number): FetchedPartition {
    const first = this.#nextBatch;
    let next = first;
    let count = 0;
    let to = this.#rangeEnd;
    for (; next < this.#batches.length; next++) {
      const batch = this.#batches[next]!;
      const begin = Math.max(from, batch.baseOffset);
      const left = Math.min(batch.recordCount, batch.lastOffset + 1 - begin);
      if (count + left > maxRecords) {
        // Offsets in a batch may have holes, never doubles: this many offsets hold at most as many records.
        to = begin + maxRecords - count;
        count = maxRecords;
        break;
      }
      count += left;
    }
    const cutInside = next < this.#batches.length;
    const batches = this.#batches.slice(first, cutInside ? next + 1 : next);
    this.#nextBatch = next;
    this.#position = to;
    const records = new BatchCursor(batches, from, to, this.#cutCursor);
    this.#cutCursor = cutInside ? records : null;
    return {
      tp: this.log.tp,
      records,
      countHint: count,
      nextOffset: to,
      highWatermark: this.log.highWatermark,
      lastStableOffset: this.log.lastStableOffset,
    };
  }
}
