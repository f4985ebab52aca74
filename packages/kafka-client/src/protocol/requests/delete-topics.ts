import { readOutcomes, type NamedOutcome } from "./named-outcome.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

/** DeleteTopics v3. For the controller. */
export function deleteTopicsRequest(names: readonly string[], timeoutMs: number): Request<readonly NamedOutcome[]> {
  return {
    ...{ name: "DeleteTopics", apiKey: 20, apiVersion: 3, flexible: false },
    waitMs: timeoutMs,
    encode: () => {
      const writer = new RequestWriter();
      return writer
        .array(names, (name) => writer.string(name))
        .int32(timeoutMs)
        .bytes();
    },
    decode: (body) => readOutcomes(new ResponseReader(body), false),
  };
}
