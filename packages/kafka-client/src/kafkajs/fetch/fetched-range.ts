import { FatalClientError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import { batchLengthAt, crc32c, readableBatches, readRecordBatch, type RecordBatch } from "../../protocol/index.js";
import { readInt32, readInt64 } from "../../protocol/int64.js";
import type { FetchedPartitionAnswer } from "../../protocol/requests/fetch.js";

const MAGIC_AT = 16;
const MAGIC = 2;

/** What one answer brought of one partition. */
export interface FetchedRange {
  /** Without control and aborted batches. */
  readonly batches: readonly RecordBatch[];
  /** The offset after the last batch, holes included; the fetched offset when there was no whole batch. */
  readonly end: number;
  readonly sizeBytes: number;
}

/** Walks the batch headers of an answer. Throws FatalClientError for a batch that is damaged, or older than version 2. */
export function fetchedRange(
  partition: TopicPartition,
  from: number,
  answer: FetchedPartitionAnswer,
  checkCrcs: boolean,
): FetchedRange {
  const { records } = answer;
  const batches: RecordBatch[] = [];
  let end = from;
  let at = 0;
  for (;;) {
    const length = batchLengthAt(records, at, records.length, false);
    if (length < 0) break;
    const batch = readRecordBatch(records, at);
    if (checkCrcs) requireIntact(partition, batch);
    // A compressed batch may lie wholly before the offset asked for.
    if (batch.lastOffset >= from) {
      batches.push(batch);
      end = batch.lastOffset + 1;
    }
    at += length;
  }
  if (at + MAGIC_AT < records.length && records[at + MAGIC_AT] !== MAGIC) throw tooOld(partition, records, at);
  return { batches: readableBatches(batches, inOrder(answer.aborted)), end, sizeBytes: records.length };
}

/** Brokers name aborted transactions in the order of their ends. */
function inOrder(aborted: FetchedPartitionAnswer["aborted"]): FetchedPartitionAnswer["aborted"] {
  return aborted.length < 2 ? aborted : [...aborted].sort((one, other) => one.firstOffset - other.firstOffset);
}

function requireIntact({ topic, partition }: TopicPartition, batch: RecordBatch): void {
  const { buffer, start, end } = batch;
  if (crc32c(buffer, start + 21, end) === readInt32(buffer, start + 17) >>> 0) return;
  throw new FatalClientError(
    `The batch at offset ${batch.baseOffset} of ${topic}-${partition} is damaged: its checksum does not match. ` +
      `Repair the log, or seek past offset ${batch.lastOffset}.`,
  );
}

function tooOld({ topic, partition }: TopicPartition, records: Buffer, at: number): FatalClientError {
  return new FatalClientError(
    `The records at offset ${readInt64(records, at)} of ${topic}-${partition} are in message format ${records[at + MAGIC_AT]}, ` +
      `from before Kafka 0.11. Write the topic anew with a message format of at least 2.`,
  );
}
