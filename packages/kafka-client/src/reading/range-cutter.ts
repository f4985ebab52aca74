import { BatchCursor, type RecordBatch } from "../protocol/index.js";

/** A stretch of a partition: what lies in `[position, to)`. */
export interface RangePiece {
  readonly records: BatchCursor;
  /** Upper bound of the records in it. */
  readonly countHint: number;
  readonly to: number;
}

const EMPTY: readonly RecordBatch[] = [];

/** Cuts a fetched range into pieces of a bounded number of records. */
export class RangeCutter {
  #batches = EMPTY;
  #nextBatch = 0;
  #end = -1;
  /** Ended inside a batch: the next piece goes on from there. */
  #cutCursor: BatchCursor | null = null;

  /** True while there is something left at or after `position`. */
  holds(position: number): boolean {
    return this.#end > position;
  }

  /** Takes in the range that ends before offset `end`, in place of what was there. */
  load(batches: readonly RecordBatch[], end: number): void {
    this.#batches = batches;
    this.#nextBatch = 0;
    this.#end = end;
    this.#cutCursor = null;
  }

  clear(): void {
    this.load(EMPTY, -1);
  }

  cut(from: number, maxRecords: number): RangePiece {
    const first = this.#nextBatch;
    let next = first;
    let count = 0;
    let to = this.#end;
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
    const records = new BatchCursor(batches, from, to, this.#cutCursor);
    this.#cutCursor = cutInside ? records : null;
    return { records, countHint: count, to };
  }
}
