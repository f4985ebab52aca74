import { tp, type TopicPartition, type TpMap } from "../../port/topic-partition.js";
import { writeInt16, writeInt32 } from "../int64.js";
import type { RecordBatch } from "../record-batch.js";
import { byTopic } from "./by-topic.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";

/** A batch for one partition; a request holds at most one for each. */
export interface ProducedBatch {
  readonly tp: TopicPartition;
  readonly records: RecordBatch;
}

export interface Produce {
  readonly transactionalId: string | null;
  /** How long the leader waits for its replicas. */
  readonly timeoutMs: number;
  readonly batches: readonly ProducedBatch[];
}

export interface ProduceAnswer {
  readonly errorCode: number;
  /** Offset of the batch's first record; -1 when unknown. */
  readonly baseOffset: number;
  /** The broker's own words, if any. */
  readonly message: string | null;
}

const ALL_REPLICAS = -1;
/** From here on a copy costs more than another piece to write. */
const OWN_PIECE_BYTES = 8192;

/** Produce v8, acknowledged by all in-sync replicas. */
export function produceRequest(produce: Produce): Request<TpMap<ProduceAnswer>> {
  return {
    ...{ name: "Produce", apiKey: 0, apiVersion: 8, flexible: false, throttleLast: true },
    encode: () => Buffer.concat(encodeProduce(produce)),
    pieces: () => encodeProduce(produce),
    decode: decodeProduce,
  };
}

/** Small batches are copied between what frames them, larger ones are pieces of their own. */
function encodeProduce({ transactionalId, timeoutMs, batches }: Produce): readonly Uint8Array[] {
  const topics = byTopic(batches.map((batch) => [batch.tp, batch.records]));
  const body = Buffer.allocUnsafe(copiedBytes(transactionalId, topics.keys(), batches));
  const pieces: Uint8Array[] = [];
  let from = 0;
  let at = 0;
  if (transactionalId === null) {
    writeInt16(body, at, -1);
    at += 2;
  } else at = writeString(body, at, transactionalId);
  writeInt16(body, at, ALL_REPLICAS);
  writeInt32(body, at + 2, timeoutMs);
  writeInt32(body, at + 6, topics.size);
  at += 10;
  for (const [topic, ofTopic] of topics) {
    at = writeString(body, at, topic);
    writeInt32(body, at, ofTopic.length);
    at += 4;
    for (const [partition, { buffer, start, end }] of ofTopic) {
      writeInt32(body, at, partition);
      writeInt32(body, at + 4, end - start);
      at += 8;
      const records = buffer.subarray(start, end);
      if (records.length < OWN_PIECE_BYTES) {
        body.set(records, at);
        at += records.length;
      } else {
        pieces.push(body.subarray(from, at), records);
        from = at;
      }
    }
  }
  pieces.push(body.subarray(from, at));
  return pieces;
}

function copiedBytes(
  transactionalId: string | null,
  topics: Iterable<string>,
  batches: readonly ProducedBatch[],
): number {
  let bytes = 2 + (transactionalId === null ? 0 : Buffer.byteLength(transactionalId)) + 2 + 4 + 4;
  for (const topic of topics) bytes += 2 + Buffer.byteLength(topic) + 4;
  for (const { records } of batches) {
    const size = records.end - records.start;
    bytes += 4 + 4 + (size < OWN_PIECE_BYTES ? size : 0);
  }
  return bytes;
}

function writeString(buffer: Buffer, at: number, text: string): number {
  const bytes = buffer.write(text, at + 2);
  writeInt16(buffer, at, bytes);
  return at + 2 + bytes;
}

function decodeProduce(body: Buffer): TpMap<ProduceAnswer> {
  const reader = new ResponseReader(body);
  const answers = new Map<TopicPartition, ProduceAnswer>();
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => {
      const partition = tp(topic, reader.int32());
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      // Time of the append, start of the log.
      reader.int64();
      reader.int64();
      const ofRecords = reader.array(() => {
        reader.int32();
        return reader.nullableString();
      });
      const message = reader.nullableString() ?? ofRecords.find((words) => words !== null) ?? null;
      answers.set(partition, { errorCode, baseOffset, message });
    });
  });
  return answers;
}
