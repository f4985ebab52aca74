import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

export interface JoinGroupFields {
  readonly groupId: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** "" asks for one: answered by MEMBER_ID_REQUIRED and the id to come back with. */
  readonly memberId: string;
  readonly instanceId: string | null;
  /** The assignor's name. */
  readonly protocolName: string;
  /** What the member says about itself, in the bytes of the consumer protocol. */
  readonly metadata: Uint8Array;
}

export interface JoinGroupResponse {
  readonly errorCode: number;
  readonly generation: number;
  readonly leaderId: string;
  readonly memberId: string;
  /** Empty but for the leader. */
  readonly members: readonly JoinGroupMember[];
}

export interface JoinGroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly metadata: Buffer;
}

/** A coordinator may answer a little after the rebalance time-out it was given. */
const ANSWER_LATE_MS = 5_000;

/** JoinGroup v5, with one assignor: waits until every member has joined, or its time is up. */
export function joinGroupRequest(fields: JoinGroupFields): Request<JoinGroupResponse> {
  return {
    ...{ name: "JoinGroup", apiKey: 11, apiVersion: 5, flexible: false },
    waitMs: fields.rebalanceTimeoutMs + ANSWER_LATE_MS,
    encode: () => {
      const writer = new RequestWriter()
        .string(fields.groupId)
        .int32(fields.sessionTimeoutMs)
        .int32(fields.rebalanceTimeoutMs)
        .string(fields.memberId)
        .nullableString(fields.instanceId)
        .string("consumer");
      return writer.int32(1).string(fields.protocolName).byteArray(fields.metadata).bytes();
    },
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      const errorCode = reader.int16();
      const generation = reader.int32();
      reader.nullableString();
      const leaderId = reader.string();
      const memberId = reader.string();
      const members = reader.array(() => ({
        memberId: reader.string(),
        instanceId: reader.nullableString(),
        metadata: reader.nullableByteArray() ?? Buffer.alloc(0),
      }));
      return { errorCode, generation, leaderId, memberId, members };
    },
  };
}
