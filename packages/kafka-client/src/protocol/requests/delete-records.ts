import { tp, type OffsetMap, type TopicPartition } from "../../port/topic-partition.js";
import { byTopic } from "./by-topic.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

/** DeleteRecords v1: what is before the given offsets. For the leader of all of them. */
export function deleteRecordsRequest(
  before: OffsetMap,
  timeoutMs: number,
): Request<ReadonlyMap<TopicPartition, { readonly errorCode: number }>> {
  return {
    ...{ name: "DeleteRecords", apiKey: 21, apiVersion: 1, flexible: false },
    waitMs: timeoutMs,
    encode: () => {
      const writer = new RequestWriter();
      writer.array(byTopic(before), ([topic, offsets]) => {
        writer.string(topic).array(offsets, ([partition, offset]) => writer.int32(partition).int64(offset));
      });
      return writer.int32(timeoutMs).bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      const outcomes = new Map<TopicPartition, { errorCode: number }>();
      reader.int32();
      reader.array(() => {
        const topic = reader.string();
        reader.array(() => {
          const partition = tp(topic, reader.int32());
          reader.int64();
          outcomes.set(partition, { errorCode: reader.int16() });
        });
      });
      return outcomes;
    },
  };
}
