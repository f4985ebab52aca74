import type { GroupDescription, GroupMemberDescription } from "../../port/admin.js";
import { decodeAssignment } from "../consumer-protocol.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

export interface DescribeGroupResponse {
  readonly errorCode: number;
  readonly group: GroupDescription;
}

const CONSUMERS = "consumer";
const NO_BYTES = Buffer.alloc(0);

/** DescribeGroups v4, of one group. For its coordinator. A group that does not exist, or is of another type than classic, is described as `Dead`. */
export function describeGroupRequest(groupId: string): Request<DescribeGroupResponse> {
  return {
    ...{ name: "DescribeGroups", apiKey: 15, apiVersion: 4, flexible: false },
    encode: () => {
      const writer = new RequestWriter();
      return writer
        .array([groupId], () => writer.string(groupId))
        .boolean(false)
        .bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return reader.array(() => readGroup(reader))[0]!;
    },
  };
}

function readGroup(reader: ResponseReader): DescribeGroupResponse {
  const errorCode = reader.int16();
  const groupId = reader.string();
  const state = reader.string();
  const protocolType = reader.string();
  const protocol = reader.string();
  const members = reader.array(() => readMember(reader, protocolType === CONSUMERS));
  reader.int32();
  return { errorCode, group: { groupId, state, type: "classic", protocol, members } };
}

/** Members of other kinds of groups have assignments of other formats. */
function readMember(reader: ResponseReader, isConsumer: boolean): GroupMemberDescription {
  const memberId = reader.string();
  const instanceId = reader.nullableString();
  const clientId = reader.string();
  reader.string();
  reader.nullableByteArray();
  const assignment = reader.nullableByteArray() ?? NO_BYTES;
  const partitions = isConsumer ? decodeAssignment(assignment).partitions : [];
  return { memberId, instanceId, clientId, partitions };
}
