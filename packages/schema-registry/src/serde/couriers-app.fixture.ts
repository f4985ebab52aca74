import { kafka } from "@millrace/kafka-client";
import { StreamsApp } from "@millrace/streams-core";
import { httpRegistry } from "../http/http-registry.js";
import { couriersTopology } from "./couriers-topology.fixture.js";

/** What a process is told on its command line, as JSON. */
export interface CouriersAppOptions {
  readonly brokers: readonly string[];
  readonly registryUrl: string;
  readonly applicationId: string;
}

const { brokers, registryUrl, applicationId } = JSON.parse(process.argv[2]!) as CouriersAppOptions;
const registry = httpRegistry({ url: registryUrl, requestTimeoutMs: 1_000 });
const app = new StreamsApp(couriersTopology(registry), {
  ...{ applicationId, client: kafka({ brokers }), processingGuarantee: "exactly-once" },
  // A process that takes the place of one that was killed need not wait until that one's session ends.
  ...{ instanceId: "only", groupInstanceId: "only" },
  ...{ commitIntervalMs: 100, cacheMaxBytes: 0, handleSignals: true, restoreProgress: false },
});
app.onError((error) => console.error(error));
await app.start();
