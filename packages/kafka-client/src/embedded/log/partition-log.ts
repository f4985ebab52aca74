import type { Clock } from "@millrace/kernel";
import type { Isolation } from "../../port/client.js";
import { MissingTopicError, OffsetOutOfRangeError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import {
  BatchCursor,
  LOG_APPEND_TIME,
  markerBatch,
  placeBatch,
  readableBatches,
  readRecordBatch,
  sealBatch,
  type MarkerType,
  type RecordBatch,
} from "../../protocol/index.js";
import { writeInt16, writeInt64 } from "../../protocol/int64.js";
import type { BatchStorage } from "./batch-storage.js";
import { ProducerSequences } from "./producer-sequences.js";
import { TransactionIndex } from "./transaction-index.js";

/** What a partition starts with: nothing, or what was found on disk. */
export interface LogBeginning {
  readonly startOffset: number;
  readonly nextOffset: number;
  readonly transactions: TransactionIndex;
}

/** A stretch of a log as a reader may see it. */
export interface LogRange {
  readonly batches: readonly RecordBatch[];
  /** Position after the stretch, holes, markers and aborted records included. */
  readonly nextOffset: number;
}

const SCAN_BYTES = 1 << 20;

/** One partition: appends batches in order, hands out ranges by isolation. No replication: the high watermark is the end. */
export class PartitionLog {
  readonly tp: TopicPartition;
  readonly storage: BatchStorage;
  readonly #sequences = new ProducerSequences();
  readonly transactions: TransactionIndex;
  readonly #clock: Clock;
  readonly #listeners = new Set<() => void>();
  #startOffset: number;
  #nextOffset: number;
  #deleted = false;
  /** Stamp batches with the time of their append (message.timestamp.type=LogAppendTime). */
  stampsAppendTime = false;
  /** Told where the log starts whenever that has moved. */
  onStartMoved: ((offset: number) => void) | null = null;

  constructor(tp: TopicPartition, storage: BatchStorage, clock: Clock, beginning?: LogBeginning) {
    this.tp = tp;
    this.storage = storage;
    this.#clock = clock;
    this.transactions = beginning?.transactions ?? new TransactionIndex();
    this.#startOffset = beginning?.startOffset ?? 0;
    this.#nextOffset = beginning?.nextOffset ?? 0;
  }

  get startOffset(): number {
    return this.#startOffset;
  }

  get highWatermark(): number {
    return this.#nextOffset;
  }

  get lastStableOffset(): number {
    return Math.min(this.#nextOffset, this.transactions.firstOpenOffset);
  }

  get deleted(): boolean {
    return this.#deleted;
  }

  endOffset(isolation: Isolation): number {
    return isolation === "read_committed" ? this.lastStableOffset : this.#nextOffset;
  }

  /** Stores a producer's batch and returns its base offset; a batch that was stored before is not stored again. */
  append(batch: RecordBatch): number {
    if (this.#deleted) throw new MissingTopicError([this.tp.topic]);
    if (batch.producerId >= 0) {
      const twin = this.#sequences.check(batch);
      if (twin >= 0) return twin;
    }
    const placed = placeBatch(this.stampsAppendTime ? this.#stamped(batch) : batch, this.#nextOffset);
    this.storage.append(placed);
    this.#nextOffset = placed.lastOffset + 1;
    if (placed.producerId >= 0) {
      this.#sequences.stored(placed);
      this.transactions.stored(placed);
    }
    this.#announce();
    return placed.baseOffset;
  }

  /** Ends the producer's open transaction in this partition; does nothing when none is open. */
  appendMarker(type: MarkerType, producerId: number, producerEpoch: number): void {
    if (this.#deleted || !this.transactions.isOpen(producerId)) return;
    const timestamp = this.#clock.nowMs();
    const checksum = this.storage.checksums;
    const marker = placeBatch(markerBatch({ type, producerId, producerEpoch, timestamp, checksum }), this.#nextOffset);
    this.storage.append(marker);
    this.#nextOffset = marker.lastOffset + 1;
    this.#sequences.bump(producerId, producerEpoch);
    this.transactions.stored(marker);
    this.#announce();
  }

  /** What lies at and after `from`, about `maxBytes` of it. `nextOffset` equals `from` when there is nothing yet. */
  read(from: number, isolation: Isolation, maxBytes: number): LogRange {
    if (this.#deleted) throw new MissingTopicError([this.tp.topic]);
    if (from < this.#startOffset || from > this.#nextOffset) {
      throw new OffsetOutOfRangeError(this.tp, from, this.#startOffset);
    }
    const end = this.endOffset(isolation);
    if (from >= end) return { batches: [], nextOffset: from };
    const stored = this.storage.read(from, end, maxBytes);
    if (stored.length === 0) return { batches: [], nextOffset: end };
    const nextOffset = stored[stored.length - 1]!.lastOffset + 1;
    const aborted = isolation === "read_committed" ? this.transactions.abortedBetween(from, nextOffset) : [];
    return { batches: readableBatches(stored, aborted), nextOffset };
  }

  /** First offset whose timestamp is not smaller than `timestampMs`; the end when there is none. */
  offsetAt(timestampMs: number, isolation: Isolation): number {
    const end = this.endOffset(isolation);
    for (let from = this.#startOffset; from < end;) {
      const range = this.read(from, isolation, SCAN_BYTES);
      for (const batch of range.batches) {
        if (batch.maxTimestamp < timestampMs) continue;
        const cursor = new BatchCursor([batch], from, end);
        while (cursor.next()) if (cursor.timestamp >= timestampMs) return cursor.offset;
      }
      from = range.nextOffset;
    }
    return end;
  }

  /** Moves the start of the log; what lies before is not readable any more. Never moves back, never past the end. */
  deleteBefore(offset: number): void {
    if (offset <= this.#startOffset) return;
    this.#startOffset = Math.min(offset, this.#nextOffset);
    this.onStartMoved?.(this.#startOffset);
    this.storage.dropBefore(this.#startOffset);
    this.transactions.forgetBefore(this.#startOffset);
  }

  /** Calls `listener` whenever there is more to read, or the partition is gone. Returns how to stop that. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The topic is deleted: readers and writers are told so, storage is removed. */
  destroy(): void {
    this.#deleted = true;
    this.storage.destroy();
    this.#announce();
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }

  #stamped(batch: RecordBatch): RecordBatch {
    const { buffer, start } = batch;
    writeInt16(buffer, start + 21, batch.attributes | LOG_APPEND_TIME);
    writeInt64(buffer, start + 35, this.#clock.nowMs());
    if (this.storage.checksums) sealBatch(buffer, start, batch.end);
    return readRecordBatch(buffer, start);
  }
}
