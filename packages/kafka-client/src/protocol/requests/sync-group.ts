import type { GroupMetadata } from "../../port/consumer.js";
import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

export interface SyncGroupResponse {
  readonly errorCode: number;
  /** In the bytes of the consumer protocol; empty when the leader had nothing for this member. */
  readonly assignment: Buffer;
}

/** SyncGroup v3: the leader gives `assignments` by member id, the others none; all wait for theirs, `waitMs` at most. */
export function syncGroupRequest(
  member: GroupMetadata,
  assignments: ReadonlyMap<string, Uint8Array>,
  waitMs: number,
): Request<SyncGroupResponse> {
  return {
    ...{ name: "SyncGroup", apiKey: 14, apiVersion: 3, flexible: false, waitMs },
    encode: () => {
      const writer = new RequestWriter()
        .string(member.groupId)
        .int32(member.generation)
        .string(member.memberId)
        .nullableString(member.instanceId);
      return writer.array(assignments, ([memberId, bytes]) => writer.string(memberId).byteArray(bytes)).bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return { errorCode: reader.int16(), assignment: reader.nullableByteArray() ?? Buffer.alloc(0) };
    },
  };
}
