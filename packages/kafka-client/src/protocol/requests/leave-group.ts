import type { GroupMetadata } from "../../port/consumer.js";
import { ErrorCode } from "../error-codes.js";
import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

/** LeaveGroup v3, of one member. Gives the error code: the group's, else the member's. */
export function leaveGroupRequest({ groupId, memberId, instanceId }: GroupMetadata): Request<number> {
  return {
    ...{ name: "LeaveGroup", apiKey: 13, apiVersion: 3, flexible: false },
    encode: () => new RequestWriter().string(groupId).int32(1).string(memberId).nullableString(instanceId).bytes(),
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      const errorCode = reader.int16();
      const memberErrors = reader.array(() => {
        reader.string();
        reader.nullableString();
        return reader.int16();
      });
      return errorCode === ErrorCode.NONE ? (memberErrors[0] ?? ErrorCode.NONE) : errorCode;
    },
  };
}
