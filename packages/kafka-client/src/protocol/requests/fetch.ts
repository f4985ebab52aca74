import type { Isolation } from "../../port/client.js";
import { ErrorCode } from "../error-codes.js";
import type { AbortedTransaction } from "../readable-batches.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface FetchPartition {
  readonly partition: number;
  /** -1: not known. */
  readonly leaderEpoch: number;
  readonly offset: number;
  readonly maxBytes: number;
}

export interface FetchAsk {
  readonly topics: ReadonlyMap<string, readonly FetchPartition[]>;
  readonly isolation: Isolation;
  /** How long the broker waits for the first byte. */
  readonly maxWaitMs: number;
  /** Bound of the whole answer, which still holds one batch when that is larger. */
  readonly maxBytes: number;
}

export interface FetchedPartitionAnswer {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  /** -1 under read_uncommitted. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** A view on the answer; the last batch may be incomplete. */
  readonly records: Buffer;
}

export interface FetchResponse {
  readonly errorCode: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly FetchedPartitionAnswer[] }[];
}

const CONSUMER = -1;
const NO_SESSION = 0;
const NO_SESSION_EPOCH = -1;
const LOG_START_UNKNOWN = -1;
const NO_RECORDS = Buffer.alloc(0);

/** Fetch v11, without a fetch session: each request names all its partitions. */
export function fetchRequest(ask: FetchAsk): Request<FetchResponse> {
  return {
    ...{ name: "Fetch", apiKey: 1, apiVersion: 11, flexible: false },
    waitMs: ask.maxWaitMs,
    encode: () => encodeFetch(ask),
    decode: decodeFetch,
  };
}

function encodeFetch(ask: FetchAsk): Buffer {
  const writer = new RequestWriter().int32(CONSUMER).int32(ask.maxWaitMs).int32(1).int32(ask.maxBytes);
  writer.int8(ask.isolation === "read_committed" ? 1 : 0);
  writer.int32(NO_SESSION).int32(NO_SESSION_EPOCH);
  writer.array(ask.topics, ([topic, partitions]) => {
    writer.string(topic).array(partitions, ({ partition, leaderEpoch, offset, maxBytes }) => {
      writer.int32(partition).int32(leaderEpoch).int64(offset).int64(LOG_START_UNKNOWN).int32(maxBytes);
    });
  });
  return writer.int32(0).string("").bytes();
}

function decodeFetch(body: Buffer): FetchResponse {
  const reader = new ResponseReader(body);
  reader.int32();
  const errorCode = reader.int16();
  reader.int32();
  if (errorCode !== ErrorCode.NONE) return { errorCode, topics: [] };
  const topics = reader.array(() => ({
    topic: reader.string(),
    partitions: reader.array(() => readPartition(reader)),
  }));
  return { errorCode, topics };
}

function readPartition(reader: ResponseReader): FetchedPartitionAnswer {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  reader.int64();
  const aborted = reader.array(() => ({ producerId: reader.int64(), firstOffset: reader.int64() }));
  reader.int32();
  const records = reader.nullableByteArray() ?? NO_RECORDS;
  return { partition, errorCode, highWatermark, lastStableOffset, aborted, records };
}
