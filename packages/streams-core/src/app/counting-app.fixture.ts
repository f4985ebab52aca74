import { kafka } from "@millrace/kafka-client";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { StreamsApp } from "./streams-app.js";

/** What a counting process is told on its command line, as JSON. */
export interface CountingAppOptions {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly processingGuarantee: "at-least-once" | "exactly-once";
  readonly sessionTimeoutMs: number;
}

const options = JSON.parse(process.argv[2]!) as CountingAppOptions;
const { brokers, applicationId, input, output, processingGuarantee, sessionTimeoutMs } = options;

const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
builder
  .stream(input)
  .groupByKey()
  .count({ store: "counts" })
  .toStream()
  .mapValues((count) => String(count))
  .to(output, { value: serdes.string });

const app = new StreamsApp(builder.build(), {
  ...{ applicationId, processingGuarantee, sessionTimeoutMs, heartbeatIntervalMs: sessionTimeoutMs / 10 },
  client: kafka({ brokers, metadataMaxAgeMs: 1_000 }),
  commitIntervalMs: 100,
  // Every update goes on: the output tells each step of each count.
  cacheMaxBytes: 0,
  handleSignals: true,
});
await app.start();
