import type { RawHeaders } from "../../port/records.js";
import { HEADER_BYTES, RecordBatchWriter, type RecordBatch } from "../../protocol/index.js";
import type { PartitionLog } from "../log/partition-log.js";

/** A full (or flushed) batch on its way to the log. */
export interface ReadyBatch {
  readonly accumulator: PartitionAccumulator;
  readonly batch: RecordBatch;
  /** As counted by the producer's buffer: without the header. */
  readonly bytes: number;
  /** Sequence of its first record, as `append` returned it. */
  readonly firstSequence: number;
}

/** Who the batches of a producer come from, and how they are packed. */
export interface BatchOrigin {
  readonly attributes: number;
  readonly producerId: number;
  readonly epoch: number;
}

const SEQUENCE_MASK = 0x7fffffff;

/** Collects the records of one partition into batches. */
export class PartitionAccumulator {
  readonly log: PartitionLog;
  readonly writer: RecordBatchWriter;
  /** Next offset after the last acknowledged record. */
  acked: number | undefined;
  #appended = 0;
  #sealed = 0;
  #wireSequence = 0;
  #storedWireSequence = 0;

  constructor(log: PartitionLog, batchBytes: number) {
    this.log = log;
    this.writer = new RecordBatchWriter(batchBytes);
  }

  /** Returns the sequence of the record among all appended here. */
  append(key: Uint8Array | null, value: Uint8Array | null, timestamp: number, headers: RawHeaders | null): number {
    this.writer.append(key, value, timestamp, headers);
    return this.#appended++;
  }

  /** Closes the batch being written. There must be a record in it. */
  seal(origin: BatchOrigin): ReadyBatch {
    const bytes = this.writer.bytes - HEADER_BYTES;
    const { count } = this.writer;
    const batch = this.writer.finish({
      attributes: origin.attributes,
      producerId: origin.producerId,
      producerEpoch: origin.epoch,
      baseSequence: this.#wireSequence,
      checksum: this.log.storage.checksums,
    });
    const firstSequence = this.#sealed;
    this.#sealed += count;
    this.#wireSequence = (this.#wireSequence + count) & SEQUENCE_MASK;
    return { accumulator: this, batch, bytes, firstSequence };
  }

  /** Stores a sealed batch; returns its base offset. */
  store(ready: ReadyBatch): number {
    const { batch } = ready;
    const baseOffset = this.log.append(batch);
    this.acked = baseOffset + batch.recordCount;
    this.#storedWireSequence = (batch.baseSequence + batch.recordCount) & SEQUENCE_MASK;
    return baseOffset;
  }

  /** Sealed batches were dropped: the next one takes the sequence after the last that was stored. */
  rewindSequence(): void {
    this.#wireSequence = this.#storedWireSequence;
  }
}
