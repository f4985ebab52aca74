import type { TestProject } from "vitest/node";
import { BOOTSTRAP_VARIABLE, OWN_BROKERS_VARIABLE, provideBroker } from "../shared-broker.js";
import { KAFKA_VERSION } from "../start-broker.js";

const NO_NAME = /(?!)/u;

/**
 * Gives one broker to all files of the run, in the variables their processes inherit. Without one every test counts as
 * skipped, its hooks included.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const startedAt = performance.now();
  console.log(`broker tier: looking for Apache Kafka ${KAFKA_VERSION} (the first time, Maven fetches it) …`);
  const broker = await provideBroker();
  process.env[OWN_BROKERS_VARIABLE] = broker.noOwnBrokers === undefined ? "yes" : "no";
  if (broker.bootstrapServers === undefined) project.config.testNamePattern = NO_NAME;
  else process.env[BOOTSTRAP_VARIABLE] = broker.bootstrapServers;
  console.log(`broker tier: ${broker.note} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  return () => broker.close();
}
