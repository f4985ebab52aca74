import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import { tp, type TopicPartition, type TpMap } from "../../port/topic-partition.js";
import { byTopic } from "./by-topic.js";
import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

/** OffsetCommit v7: as a member of a generation, or as nobody (generation -1, member "") while the group is empty. Gives the error codes. */
export function offsetCommitRequest(
  sender: GroupMetadata,
  offsets: TpMap<OffsetAndMetadata>,
): Request<ReadonlyMap<TopicPartition, number>> {
  return {
    ...{ name: "OffsetCommit", apiKey: 8, apiVersion: 7, flexible: false },
    encode: () => {
      const writer = new RequestWriter(64 + offsets.size * 32)
        .string(sender.groupId)
        .int32(sender.generation)
        .string(sender.memberId)
        .nullableString(sender.instanceId);
      return writer.array(byTopic(offsets), ([topic, partitions]) => writeTopic(writer, topic, partitions)).bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      const errors = new Map<TopicPartition, number>();
      reader.int32();
      reader.array(() => {
        const topic = reader.string();
        reader.array(() => errors.set(tp(topic, reader.int32()), reader.int16()));
      });
      return errors;
    },
  };
}

function writeTopic(
  writer: RequestWriter,
  topic: string,
  partitions: readonly (readonly [number, OffsetAndMetadata])[],
): void {
  writer.string(topic).array(partitions, ([partition, { offset, leaderEpoch, metadata }]) => {
    writer
      .int32(partition)
      .int64(offset)
      .int32(leaderEpoch ?? -1)
      .nullableString(metadata ?? "");
  });
}
