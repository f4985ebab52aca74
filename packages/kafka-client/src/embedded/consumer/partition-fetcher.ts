import type { Isolation } from "../../port/client.js";
import type { FetchedPartition } from "../../port/records.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { PartitionReader } from "../../reading/partition-reader.js";
import { RangeCutter } from "../../reading/range-cutter.js";
import type { PartitionLog } from "../log/partition-log.js";

/** Reads one log of this process. */
export class PartitionFetcher implements PartitionReader {
  readonly log: PartitionLog;
  paused = false;
  ready = true;
  readonly #isolation: Isolation;
  readonly #maxBytes: number;
  readonly #stopListening: () => void;
  #position: number | undefined;
  readonly #range = new RangeCutter();
  #seenEnd: number | undefined;

  constructor(log: PartitionLog, isolation: Isolation, maxBytes: number, onAdvance: () => void) {
    this.log = log;
    this.#isolation = isolation;
    this.#maxBytes = maxBytes;
    this.#stopListening = log.onAdvance(onAdvance);
  }

  get tp(): TopicPartition {
    return this.log.tp;
  }

  get position(): number | undefined {
    return this.#position;
  }

  get lag(): number | undefined {
    if (this.#position === undefined || this.#seenEnd === undefined) return undefined;
    return Math.max(0, this.#seenEnd - this.#position);
  }

  seek(offset: number): void {
    this.#position = offset;
    this.#range.clear();
  }

  take(maxRecords: number): FetchedPartition | null {
    const from = this.#position;
    if (from === undefined) return null;
    this.#seenEnd = this.log.endOffset(this.#isolation);
    if (!this.#range.holds(from)) {
      const range = this.log.read(from, this.#isolation, this.#maxBytes);
      if (range.nextOffset === from) return null;
      this.#range.load(range.batches, range.nextOffset);
    }
    const { records, countHint, to } = this.#range.cut(from, maxRecords);
    this.#position = to;
    const { highWatermark, lastStableOffset } = this.log;
    return { tp: this.tp, records, countHint, nextOffset: to, highWatermark, lastStableOffset };
  }

  close(): void {
    this.#stopListening();
    this.#range.clear();
  }
}
