import type { RecordBatch } from "../../protocol/index.js";
import type { BatchStorage, OldestPart, Replacement } from "./batch-storage.js";

/** Forgotten batches at the front of the array are cut off once there are this many and they are half of it. */
const TRIM_AT = 1024;

/** Batches in an array. */
export class MemoryStorage implements BatchStorage {
  readonly checksums = false;
  segmentBytes = Infinity;
  #batches: RecordBatch[] = [];
  #head = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  append(batch: RecordBatch): void {
    this.#batches.push(batch);
    this.#bytes += batch.end - batch.start;
  }

  read(from: number, to: number, maxBytes: number): readonly RecordBatch[] {
    const found: RecordBatch[] = [];
    let bytes = 0;
    for (let index = this.#firstHolding(from); index < this.#batches.length; index++) {
      const batch = this.#batches[index]!;
      const size = batch.end - batch.start;
      if (batch.baseOffset >= to || (bytes > 0 && bytes + size > maxBytes)) break;
      found.push(batch);
      bytes += size;
    }
    return found;
  }

  oldest(): OldestPart | undefined {
    const batch = this.#batches[this.#head];
    if (batch === undefined) return undefined;
    return { lastOffset: batch.lastOffset, maxTimestamp: batch.maxTimestamp, bytes: batch.end - batch.start };
  }

  dropBefore(offset: number): void {
    const keep = this.#firstHolding(offset);
    for (; this.#head < keep; this.#head++) {
      const batch = this.#batches[this.#head]!;
      this.#bytes -= batch.end - batch.start;
    }
    if (this.#head >= TRIM_AT && this.#head * 2 >= this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }

  replaceableBefore(limit: number): number {
    return limit;
  }

  replaceBefore(offset: number): Replacement {
    const kept: RecordBatch[] = [];
    return {
      add: (batch) => kept.push(batch),
      commit: () => {
        // What was dropped meanwhile stays dropped.
        const start = this.#batches[this.#head]?.lastOffset ?? Infinity;
        const still = kept.filter((batch) => batch.lastOffset >= Math.min(start, offset));
        this.#batches = still.concat(this.#batches.slice(this.#firstHolding(offset)));
        this.#head = 0;
        this.#bytes = this.#batches.reduce((sum, batch) => sum + batch.end - batch.start, 0);
      },
      discard: () => (kept.length = 0),
    };
  }

  sync(): void {
    // Nothing outlives the process.
  }

  close(): void {
    // Nothing is open.
  }

  destroy(): void {
    this.#batches = [];
    this.#head = 0;
    this.#bytes = 0;
  }

  #firstHolding(offset: number): number {
    let low = this.#head;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
