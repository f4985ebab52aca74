import { kafka } from "@millrace/kafka-client";
import type { StreamsAppOptions } from "./app-options.js";
import { countingTopology } from "./counting-topology.fixture.js";
import { reportResources } from "./resource-sample.fixture.js";
import { StreamsApp } from "./streams-app.js";

/** What a counting process is told on its command line, as JSON. */
export interface CountingAppOptions extends Pick<StreamsAppOptions, "standbyReplicas" | "stateDir"> {
  readonly brokers: readonly string[];
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly processingGuarantee: "at-least-once" | "exactly-once";
  readonly sessionTimeoutMs: number;
  /** What is counted: keys, or values, which go through a repartition topic first. "keys" without it. */
  readonly counted?: "keys" | "values";
  /** Set: how often the process prints what it holds, as JSON, in ms. */
  readonly sampleMs?: number;
}

const { brokers, input, output, counted, sampleMs, ...options } = JSON.parse(process.argv[2]!) as CountingAppOptions;

const app = new StreamsApp(countingTopology(input, output, counted), {
  ...options,
  client: kafka({ brokers, metadataMaxAgeMs: 1_000 }),
  heartbeatIntervalMs: options.sessionTimeoutMs / 10,
  commitIntervalMs: 100,
  // Every update goes on: the output tells each step of each count.
  cacheMaxBytes: 0,
  handleSignals: true,
});
// A failure is not an end in order, which the status tells apart.
app.onError(() => {
  if (app.state === "PENDING_ERROR") process.exitCode = 1;
});
if (sampleMs !== undefined) reportResources(sampleMs);
await app.start();
