import type { Environment } from "@millrace/kernel";
import {
  BatchCursor,
  DELETE_HORIZON,
  isTransactional,
  placeBatch,
  RecordBatchWriter,
  TRANSACTIONAL,
  type RecordBatch,
} from "../../protocol/index.js";
import type { PartitionLog } from "./partition-log.js";

/** Settings of a compacted topic. */
export interface CompactionSettings {
  /** How long the first compaction after a deletion leaves its tombstone for readers to see. */
  readonly deleteRetentionMs: number;
  /** Records younger than this are left alone. */
  readonly minLagMs: number;
}

const SCAN_BYTES = 1 << 20;
const REWRITE_BYTES = 1 << 16;

/**
 * Keeps the last record of each key among all decided ones. Offsets stay, so holes appear. Aborted records and
 * transaction markers go; committed batches lose their transactional mark, because without markers nobody could tell
 * any more that they were committed. Gives the event loop back between chunks.
 */
export async function compact(
  log: PartitionLog,
  settings: CompactionSettings,
  environment: Environment,
): Promise<void> {
  const end = log.storage.replaceableBefore(log.lastStableOffset);
  const youngest = environment.clock.nowMs() - settings.minLagMs;
  const survey = await lastOffsets(log, end, settings.minLagMs > 0 ? youngest : Infinity, environment);
  const replacement = log.storage.replaceBefore(survey.end);
  const rewriter = new BatchRewriter(survey.last, settings.deleteRetentionMs, environment, log.storage.checksums);
  try {
    for (let from = log.startOffset; from < survey.end && !log.deleted;) {
      const range = log.read(Math.max(from, log.startOffset), "read_committed", SCAN_BYTES);
      for (const batch of range.batches) {
        const kept = batch.baseOffset < survey.end ? rewriter.rewrite(batch) : null;
        if (kept !== null) replacement.add(kept);
      }
      from = range.nextOffset;
      await environment.scheduler.yield();
    }
  } catch (error) {
    replacement.discard();
    throw error;
  }
  if (log.deleted) return replacement.discard();
  replacement.commit();
  log.transactions.forgetBefore(survey.end);
}

interface Survey {
  readonly last: ReadonlyMap<string, number>;
  readonly end: number;
}

/** The last offset of each key in the log before `end`, or before the first batch with something as young as `youngest`. */
async function lastOffsets(
  log: PartitionLog,
  end: number,
  youngest: number,
  environment: Environment,
): Promise<Survey> {
  const last = new Map<string, number>();
  for (let from = log.startOffset; from < end && !log.deleted;) {
    const range = log.read(Math.max(from, log.startOffset), "read_committed", SCAN_BYTES);
    for (const batch of range.batches) {
      if (batch.maxTimestamp > youngest) {
        return { last, end: Math.min(end, log.storage.replaceableBefore(batch.baseOffset)) };
      }
      const cursor = new BatchCursor([batch], from, end);
      while (cursor.next()) if (cursor.keyStart >= 0) last.set(keyOf(cursor), cursor.offset);
    }
    from = range.nextOffset;
    await environment.scheduler.yield();
  }
  return { last, end };
}

/** Writes batches anew with the records that stay. */
class BatchRewriter {
  readonly #last: ReadonlyMap<string, number>;
  readonly #deleteRetentionMs: number;
  readonly #nowMs: number;
  readonly #checksum: boolean;
  readonly #writer = new RecordBatchWriter(REWRITE_BYTES);

  constructor(
    last: ReadonlyMap<string, number>,
    deleteRetentionMs: number,
    environment: Environment,
    checksum: boolean,
  ) {
    this.#last = last;
    this.#deleteRetentionMs = deleteRetentionMs;
    this.#nowMs = environment.clock.nowMs();
    this.#checksum = checksum;
  }

  /** The batch with the records that stay (the same one when it need not change), or null when none does. */
  rewrite(batch: RecordBatch): RecordBatch | null {
    const had = (batch.attributes & DELETE_HORIZON) !== 0;
    const dropTombstones = had && batch.baseTimestamp <= this.#nowMs;
    let kept = 0;
    let tombstones = 0;
    for (const cursor = this.#cursor(batch); cursor.next();) {
      if (!this.#stays(cursor, dropTombstones)) continue;
      kept++;
      if (cursor.valueStart < 0) tombstones++;
    }
    if (kept === 0) return null;
    const stamps = tombstones > 0 && !had;
    if (kept === batch.recordCount && !stamps && !isTransactional(batch)) return batch;
    const horizonMs = had ? batch.baseTimestamp : stamps ? this.#nowMs + this.#deleteRetentionMs : null;
    return this.#write(batch, dropTombstones, horizonMs);
  }

  #write(batch: RecordBatch, dropTombstones: boolean, horizonMs: number | null): RecordBatch {
    const writer = this.#writer;
    if (horizonMs !== null) writer.startWithBase(horizonMs);
    for (const cursor = this.#cursor(batch); cursor.next();) {
      if (!this.#stays(cursor, dropTombstones)) continue;
      const { key, value, timestamp, headers, offset } = cursor.record();
      writer.appendAt(offset - batch.baseOffset, key, value, timestamp, headers);
    }
    const lastDelta = batch.lastOffset - batch.baseOffset;
    const seal = {
      attributes: (batch.attributes & ~TRANSACTIONAL) | (horizonMs === null ? 0 : DELETE_HORIZON),
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      checksum: this.#checksum,
    };
    return placeBatch(writer.finish(seal, lastDelta), batch.baseOffset);
  }

  #stays(cursor: BatchCursor, dropTombstones: boolean): boolean {
    if (cursor.keyStart < 0) return false;
    if (cursor.valueStart < 0 && dropTombstones) return false;
    const last = this.#last.get(keyOf(cursor));
    return last === undefined || last <= cursor.offset;
  }

  #cursor(batch: RecordBatch): BatchCursor {
    return new BatchCursor([batch], batch.baseOffset, batch.lastOffset + 1);
  }
}

function keyOf(cursor: BatchCursor): string {
  const { buffer } = cursor;
  const bytes = Buffer.isBuffer(buffer) ? buffer : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return bytes.toString("latin1", cursor.keyStart, cursor.keyEnd);
}
