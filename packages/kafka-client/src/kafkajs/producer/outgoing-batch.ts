import type { RecordBatch } from "../../protocol/index.js";
import { writeInt16, writeInt32, writeInt64 } from "../../protocol/int64.js";
import { sealBatch } from "../../protocol/record-batch.js";
import type { FlushWait } from "./flush-wait.js";
import type { ProducerIdentity } from "./producer-identity.js";

/**
 * Where a batch stands. `retry`: to be sent again under the same sequence. `refused`: the broker wants an earlier
 * sequence although everything before is acknowledged. `split`: too large, its halves may go. `failed`: for good.
 */
export type BatchState = "waiting" | "inFlight" | "retry" | "refused" | "split" | "failed" | "done";

/** A sealed batch on its way from the accumulator to its report. */
export class OutgoingBatch {
  readonly records: RecordBatch;
  /** What it counts for in the producer's buffer. */
  readonly bytes: number;
  /** Sequence of its first record, as `append` returned it. */
  readonly firstSequence: number;
  /** By the monotonic clock. */
  readonly sealedAtMs: number;
  /** Its base sequence on the wire; -1: none was given to it yet. */
  sequence = -1;
  state: BatchState = "waiting";
  /** It may have been stored though nobody said so: an answer was lost, or came before all replicas had it. */
  ambiguous = false;
  /** Everything before it was acknowledged when it was sent last. */
  sentAsHead = false;
  baseOffset = -1;
  error: Error | null = null;
  /** Flushes that wait for it. */
  flushes: readonly FlushWait[] = [];

  constructor(records: RecordBatch, place: { bytes: number; firstSequence: number; sealedAtMs: number }) {
    this.records = records;
    this.bytes = place.bytes;
    this.firstSequence = place.firstSequence;
    this.sealedAtMs = place.sealedAtMs;
  }

  get count(): number {
    return this.records.recordCount;
  }

  /** Writes who sends it, and its place among that producer's batches, into its header. */
  stamp(identity: ProducerIdentity, sequence: number): void {
    const { buffer, start, end } = this.records;
    this.sequence = sequence;
    writeInt64(buffer, start + 43, identity.producerId);
    writeInt16(buffer, start + 51, identity.epoch);
    writeInt32(buffer, start + 53, sequence);
    sealBatch(buffer, start, end);
  }

  /** Takes its sequence back: it was not stored, and is to be sent as if for the first time. */
  unstamp(): void {
    this.sequence = -1;
    this.state = "waiting";
    this.ambiguous = false;
  }
}
