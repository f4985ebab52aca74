import { readOutcomes, type NamedOutcome } from "./named-outcome.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

const WHERE_THE_CLUSTER_LIKES = -1;

/** CreatePartitions v1: up to `count` in all. For the controller. */
export function createPartitionsRequest(
  topic: string,
  count: number,
  timeoutMs: number,
): Request<readonly NamedOutcome[]> {
  return {
    ...{ name: "CreatePartitions", apiKey: 37, apiVersion: 1, flexible: false },
    waitMs: timeoutMs,
    encode: () => {
      const writer = new RequestWriter();
      writer.array([topic], () => writer.string(topic).int32(count).int32(WHERE_THE_CLUSTER_LIKES));
      return writer.int32(timeoutMs).boolean(false).bytes();
    },
    decode: (body) => readOutcomes(new ResponseReader(body), true),
  };
}
