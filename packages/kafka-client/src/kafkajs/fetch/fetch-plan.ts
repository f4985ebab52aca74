import type { FetchPartition } from "../../protocol/requests/fetch.js";
import type { NodeId, Transport } from "../transport/transport.js";
import type { PartitionBuffer } from "./partition-buffer.js";

/** One answer holds no more than this, however many partitions it is about. */
export const ANSWER_BYTES_MAX = 16 << 20;
/** Nothing is fetched while this much waits to be read; paused partitions are not counted, or they would stop the others. */
const BUFFERED_BYTES_MAX = 48 << 20;
const WAIT_MS = 250;
/**
 * While another partition is only waiting for its reader, an idle one must not hold up the next request for long: a broker
 * answers the requests of a connection one after the other.
 */
const WAIT_BEHIND_FULL_MS = 10;

export interface Asked {
  readonly buffer: PartitionBuffer;
  readonly generation: number;
  readonly offset: number;
}

export interface FetchPlan {
  readonly asked: readonly Asked[];
  readonly topics: ReadonlyMap<string, readonly FetchPartition[]>;
  readonly maxWaitMs: number;
}

/** What to ask a broker for now; null for nothing. `buffers` in the order in which they get room in the answer. */
export function fetchPlan(
  node: NodeId,
  buffers: readonly PartitionBuffer[],
  maxBytesPerPartition: number,
  metadata: Pick<Transport, "leader" | "leaderEpoch">,
): FetchPlan | null {
  const asked: Asked[] = [];
  const topics = new Map<string, FetchPartition[]>();
  let someMayFollow = false;
  let bufferedBytes = 0;
  for (const buffer of buffers) {
    if (!buffer.wanted) {
      someMayFollow ||= buffer.paused;
      continue;
    }
    bufferedBytes += buffer.bufferedBytes;
    if (buffer.leaderless || metadata.leader(buffer.tp) !== node) continue;
    if (buffer.bufferedBytes >= maxBytesPerPartition) {
      someMayFollow = true;
      continue;
    }
    const { generation, fetchOffset: offset } = buffer;
    asked.push({ buffer, generation, offset });
    const { topic, partition } = buffer.tp;
    const line = { partition, leaderEpoch: metadata.leaderEpoch(buffer.tp), offset, maxBytes: maxBytesPerPartition };
    const lines = topics.get(topic);
    if (lines === undefined) topics.set(topic, [line]);
    else lines.push(line);
  }
  if (asked.length === 0 || bufferedBytes >= BUFFERED_BYTES_MAX) return null;
  return { asked, topics, maxWaitMs: someMayFollow ? WAIT_BEHIND_FULL_MS : WAIT_MS };
}
