import type { GroupMemberDescription } from "../../port/admin.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import type { DescribeGroupResponse } from "./describe-groups.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

/** ConsumerGroupDescribe v0, of one group of the type "consumer" (KIP-848). For its coordinator. */
export function describeConsumerGroupRequest(groupId: string): Request<DescribeGroupResponse> {
  return {
    ...{ name: "ConsumerGroupDescribe", apiKey: 69, apiVersion: 0, flexible: true },
    encode: () => {
      const writer = new RequestWriter();
      return writer
        .compactArray([groupId], () => writer.compactString(groupId))
        .boolean(false)
        .tags()
        .bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return reader.compactArray(() => readGroup(reader))[0]!;
    },
  };
}

function readGroup(reader: ResponseReader): DescribeGroupResponse {
  const errorCode = reader.int16();
  reader.compactNullableString();
  const groupId = reader.compactString();
  const state = reader.compactString();
  reader.int32();
  reader.int32();
  const protocol = reader.compactString();
  const members = reader.compactArray(() => readMember(reader));
  reader.int32();
  reader.tags();
  return { errorCode, group: { groupId, state, type: "consumer", protocol, members } };
}

function readMember(reader: ResponseReader): GroupMemberDescription {
  const memberId = reader.compactString();
  const instanceId = reader.compactNullableString();
  reader.compactNullableString();
  reader.int32();
  const clientId = reader.compactString();
  reader.compactString();
  reader.compactArray(() => reader.compactString());
  reader.compactNullableString();
  const partitions = readAssignment(reader);
  readAssignment(reader);
  reader.tags();
  return { memberId, instanceId, clientId, partitions };
}

function readAssignment(reader: ResponseReader): readonly TopicPartition[] {
  const byTopic = reader.compactArray(() => {
    reader.uuid();
    const topic = reader.compactString();
    const partitions = reader.compactArray(() => tp(topic, reader.int32()));
    reader.tags();
    return partitions;
  });
  reader.tags();
  return byTopic.flat();
}
