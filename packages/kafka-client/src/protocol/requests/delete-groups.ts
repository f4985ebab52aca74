import { readOutcomes, type NamedOutcome } from "./named-outcome.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

/** DeleteGroups v1, of one group. For its coordinator. */
export function deleteGroupRequest(groupId: string): Request<readonly NamedOutcome[]> {
  return {
    ...{ name: "DeleteGroups", apiKey: 42, apiVersion: 1, flexible: false },
    encode: () => {
      const writer = new RequestWriter();
      return writer.array([groupId], () => writer.string(groupId)).bytes();
    },
    decode: (body) => readOutcomes(new ResponseReader(body), false),
  };
}
