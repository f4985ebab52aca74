import { kafka } from "@millrace/kafka-client";
import type { StreamsAppOptions } from "./app-options.js";
import { countingTopology } from "./counting-topology.fixture.js";
import { StreamsApp } from "./streams-app.js";

/** What a counting process is told on its command line, as JSON. */
export interface CountingAppOptions extends Pick<StreamsAppOptions, "standbyReplicas" | "stateDir"> {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly processingGuarantee: "at-least-once" | "exactly-once";
  readonly sessionTimeoutMs: number;
}

const { brokers, input, output, ...options } = JSON.parse(process.argv[2]!) as CountingAppOptions;

const app = new StreamsApp(countingTopology(input, output), {
  ...options,
  client: kafka({ brokers, metadataMaxAgeMs: 1_000 }),
  heartbeatIntervalMs: options.sessionTimeoutMs / 10,
  commitIntervalMs: 100,
  // Every update goes on: the output tells each step of each count.
  cacheMaxBytes: 0,
  handleSignals: true,
});
await app.start();
