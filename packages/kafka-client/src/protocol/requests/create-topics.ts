import type { TopicSpec } from "../../port/admin.js";
import { readOutcomes, type NamedOutcome } from "./named-outcome.js";
import { ResponseReader } from "./reader.js";
import type { Request } from "./request.js";
import { RequestWriter } from "./writer.js";

/** The broker's setting decides (KIP-464). */
const BROKER_DEFAULT = -1;

/** CreateTopics v4. For the controller. */
export function createTopicsRequest(specs: readonly TopicSpec[], timeoutMs: number): Request<readonly NamedOutcome[]> {
  return {
    ...{ name: "CreateTopics", apiKey: 19, apiVersion: 4, flexible: false },
    waitMs: timeoutMs,
    encode: () => {
      const writer = new RequestWriter();
      writer.array(specs, ({ name, partitions, replicationFactor, config }) => {
        writer
          .string(name)
          .int32(partitions)
          .int16(replicationFactor ?? BROKER_DEFAULT)
          .int32(0);
        writer.array(Object.entries(config ?? {}), ([key, value]) => writer.string(key).nullableString(value));
      });
      return writer.int32(timeoutMs).boolean(false).bytes();
    },
    decode: (body) => readOutcomes(new ResponseReader(body), true),
  };
}
