import type { RawHeaders } from "../../port/records.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { BatchBuffers } from "../../protocol/batch-buffers.js";
import { BatchCursor, HEADER_BYTES, RecordBatchWriter } from "../../protocol/index.js";
import type { BatchSeal } from "../../protocol/record-batch-writer.js";
import { OutgoingBatch } from "./outgoing-batch.js";
import type { ProducerIdentity } from "./producer-identity.js";

/** A broker recognises as many of a producer's batches when they come again (KIP-98). */
const IN_FLIGHT_MAX = 5;
const SEQUENCE_MASK = 0x7fffffff;
/** Unsealed halves of a batch that was too large are not made smaller than this by lowering the bound for later ones. */
const BATCH_BYTES_MIN = 16 * 1024;

export interface QueueOptions {
  readonly batchBytes: number;
  /** Of the batch header: transactional or not, and the codec. */
  readonly attributes: number;
  readonly buffers: BatchBuffers;
}

/**
 * The records of one partition: a batch being written, sealed ones, and those sent and not settled. Sequences are given
 * out at the first sending, so that `sent` is in the order of its sequences and `waiting` comes after it.
 */
export class PartitionQueue {
  readonly tp: TopicPartition;
  readonly writer: RecordBatchWriter;
  readonly waiting: OutgoingBatch[] = [];
  readonly sent: OutgoingBatch[] = [];
  /** Next offset after the last acknowledged record. */
  acked: number | undefined;
  /** Of `sent`, how many wait for an answer. */
  inFlight = 0;
  /** The batch being written may go although it is not full. */
  due = false;
  /** Nothing is sent before this time of the monotonic clock. */
  pausedUntilMs = 0;
  /** Whether the accumulator lists it among those with something to do. */
  active = false;
  batchBytes: number;
  /** Who sends a batch is written into it when it is sent first. */
  readonly #unstamped: BatchSeal;
  #appended = 0;
  #sealed = 0;
  #nextSequence = 0;
  /** The sequence after the last batch known to be stored under this epoch. */
  #storedSequence = 0;
  /** The partition knows this producer and epoch. Until then it takes any sequence, so only one batch may be on its way. */
  #known = false;

  constructor(tp: TopicPartition, options: QueueOptions) {
    this.tp = tp;
    this.writer = new RecordBatchWriter(options.batchBytes, options.buffers);
    this.batchBytes = options.batchBytes;
    this.#unstamped = {
      attributes: options.attributes,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      checksum: false,
    };
  }

  /** Returns the record's sequence among all appended here. */
  append(key: Uint8Array | null, value: Uint8Array | null, timestamp: number, headers: RawHeaders | null): number {
    this.writer.append(key, value, timestamp, headers);
    return this.#appended++;
  }

  get idle(): boolean {
    return this.writer.count === 0 && this.waiting.length === 0 && this.sent.length === 0;
  }

  /** Something of `sent` did not go through at once. */
  get troubled(): boolean {
    for (const { state } of this.sent) if (state !== "inFlight" && state !== "done") return true;
    return false;
  }

  /** Closes the batch being written, if there is one. */
  seal(nowMs: number): void {
    const { writer } = this;
    this.due = false;
    if (writer.count === 0) return;
    const bytes = writer.bytes - HEADER_BYTES;
    const records = writer.finish(this.#unstamped);
    this.waiting.push(new OutgoingBatch(records, { bytes, firstSequence: this.#sealed, sealedAtMs: nowMs }));
    this.#sealed += records.recordCount;
  }

  /**
   * What to send next, or null. A batch to be sent again goes alone, once everything of the partition has been answered:
   * order is kept whatever became of the others. `fresh`: also batches never sent.
   */
  next(nowMs: number, fresh: boolean): OutgoingBatch | null {
    if (nowMs < this.pausedUntilMs) return null;
    if (this.troubled) {
      if (this.inFlight > 0) return null;
      return this.sent.find(({ state }) => state === "retry") ?? null;
    }
    if (!fresh || this.sent.length >= (this.#known ? IN_FLIGHT_MAX : 1)) return null;
    if (this.waiting.length === 0 && this.due) this.seal(nowMs);
    return this.waiting[0] ?? null;
  }

  /** Marks what {@link next} gave as on its way. */
  take(batch: OutgoingBatch, identity: ProducerIdentity): void {
    if (batch === this.waiting[0]) {
      this.waiting.shift();
      this.sent.push(batch);
      batch.stamp(identity, this.#nextSequence);
      this.#nextSequence = (this.#nextSequence + batch.count) & SEQUENCE_MASK;
    }
    batch.state = "inFlight";
    batch.sentAsHead = this.sent[0] === batch;
    this.inFlight++;
  }

  /** The head of `sent` is acknowledged: takes it out. */
  shiftStored(): OutgoingBatch {
    const batch = this.sent.shift()!;
    this.acked = batch.baseOffset + batch.count;
    this.#storedSequence = (batch.sequence + batch.count) & SEQUENCE_MASK;
    this.#known = true;
    return batch;
  }

  /** The head of `sent` was not stored and will not be: takes it out. Those behind it take its place in the sequence. */
  shiftFailed(): OutgoingBatch {
    const batch = this.sent.shift()!;
    // Had it been stored after all, those behind it might be, too: then a new epoch comes, or nothing.
    if (!batch.ambiguous) this.#sendAfresh();
    return batch;
  }

  /** Puts the two halves of the head of `sent` in its place. It was not stored, has several records, and nothing is on its way. */
  splitHead(): void {
    const whole = this.sent.shift()!;
    const halves = this.#halves(whole);
    this.#sendAfresh();
    this.waiting.unshift(...halves);
    // Later batches are cut smaller at once, rather than being refused and cut one by one.
    this.batchBytes = Math.max(BATCH_BYTES_MIN, Math.min(this.batchBytes, Math.ceil(whole.bytes / 2)));
  }

  /** A new epoch: sequences begin at 0, for what was sent before as well. Nothing is on its way. */
  beginEpoch(): void {
    this.#nextSequence = this.#storedSequence = 0;
    this.#known = false;
    const again = this.sent.filter(({ state }) => state !== "done");
    for (const batch of again) {
      this.sent.splice(this.sent.indexOf(batch), 1);
      batch.unstamp();
    }
    this.waiting.unshift(...again);
  }

  /** Takes out whatever is left, for a report; nothing is on its way. Those after what is known to be stored go unstored. */
  drop(nowMs: number): OutgoingBatch[] {
    this.seal(nowMs);
    const dropped = [...this.sent.splice(0), ...this.waiting.splice(0)];
    this.#nextSequence = this.#storedSequence;
    return dropped;
  }

  /** Counts from 0 again, as a producer that has been initialised anew. */
  forget(): void {
    this.#appended = this.#sealed = 0;
    this.acked = undefined;
    this.beginEpoch();
  }

  /** Gives up the sequences of what was sent behind the last stored batch. */
  #sendAfresh(): void {
    const last = this.sent.findLastIndex(({ state }) => state === "done");
    const again = this.sent.splice(last + 1);
    for (const batch of again) batch.unstamp();
    this.waiting.unshift(...again);
    const stored = this.sent[last];
    this.#nextSequence = stored === undefined ? this.#storedSequence : (stored.sequence + stored.count) & SEQUENCE_MASK;
  }

  #halves(whole: OutgoingBatch): OutgoingBatch[] {
    const cursor = new BatchCursor([whole.records], 0, whole.count);
    const writer = new RecordBatchWriter(whole.bytes);
    const firstCount = whole.count >> 1;
    const firstBytes = whole.bytes >> 1;
    for (const flush of whole.flushes) flush.add();
    return [
      { count: firstCount, bytes: firstBytes, firstSequence: whole.firstSequence },
      {
        count: whole.count - firstCount,
        bytes: whole.bytes - firstBytes,
        firstSequence: whole.firstSequence + firstCount,
      },
    ].map(({ count, bytes, firstSequence }) => {
      for (let copied = 0; copied < count; copied++) {
        cursor.next();
        const { key, value, timestamp, headers } = cursor.record();
        writer.append(key, value, timestamp, headers);
      }
      const half = new OutgoingBatch(writer.finish(this.#unstamped), {
        bytes,
        firstSequence,
        sealedAtMs: whole.sealedAtMs,
      });
      half.flushes = whole.flushes;
      return half;
    });
  }
}
