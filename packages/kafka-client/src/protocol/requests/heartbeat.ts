import type { GroupMetadata } from "../../port/consumer.js";
import type { Request } from "./request.js";
import { ResponseReader } from "./reader.js";
import { RequestWriter } from "./writer.js";

/** Heartbeat v3. Gives the error code. */
export function heartbeatRequest(member: GroupMetadata): Request<number> {
  return {
    ...{ name: "Heartbeat", apiKey: 12, apiVersion: 3, flexible: false },
    encode: () =>
      new RequestWriter()
        .string(member.groupId)
        .int32(member.generation)
        .string(member.memberId)
        .nullableString(member.instanceId)
        .bytes(),
    decode: (body) => {
      const reader = new ResponseReader(body);
      reader.int32();
      return reader.int16();
    },
  };
}
