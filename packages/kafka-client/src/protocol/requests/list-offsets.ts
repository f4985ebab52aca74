import type { Isolation } from "../../port/client.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import { byTopic } from "./by-topic.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface ListedOffset {
  readonly errorCode: number;
  /** -1: no record is that young. */
  readonly offset: number;
}

const CONSUMER = -1;
const LATEST = -1;
const EARLIEST = -2;

/** ListOffsets v5: where logs begin and end, or the first record not older than a time. For the leader of all `partitions`. */
export function listOffsetsRequest(
  partitions: readonly TopicPartition[],
  at: "earliest" | "latest" | number,
  isolation: Isolation,
  leaderEpoch: (partition: TopicPartition) => number,
): Request<ReadonlyMap<TopicPartition, ListedOffset>> {
  const timestamp = at === "earliest" ? EARLIEST : at === "latest" ? LATEST : at;
  return {
    ...{ name: "ListOffsets", apiKey: 2, apiVersion: 5, flexible: false },
    encode: () => {
      const writer = new RequestWriter().int32(CONSUMER).int8(isolation === "read_committed" ? 1 : 0);
      const topics = byTopic(partitions.map((partition) => [partition, leaderEpoch(partition)] as const));
      writer.array(topics, ([topic, list]) => {
        writer.string(topic).array(list, ([partition, epoch]) => {
          writer.int32(partition).int32(epoch).int64(timestamp);
        });
      });
      return writer.bytes();
    },
    decode: decodeListOffsets,
  };
}

function decodeListOffsets(body: Buffer): ReadonlyMap<TopicPartition, ListedOffset> {
  const reader = new ResponseReader(body);
  const offsets = new Map<TopicPartition, ListedOffset>();
  reader.int32();
  reader.array(() => {
    const topic = reader.string();
    reader.array(() => {
      const partition = tp(topic, reader.int32());
      const errorCode = reader.int16();
      reader.int64();
      offsets.set(partition, { errorCode, offset: reader.int64() });
      reader.int32();
    });
  });
  return offsets;
}
