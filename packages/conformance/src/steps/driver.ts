import { logAndContinue, failOnError, type ErrorHandlers, type Topology } from "@millrace/streams-core";
import { TopologyTestDriver, type TopologyTestDriverOptions } from "@millrace/streams-core/testing";
import type { TopologyScenario } from "../scenario.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";

export const APPLICATION_ID = "app";

/** A driver with the scenario's configuration. */
export function driverFor(topology: Topology, config: TopologyScenario["config"] = {}): TopologyTestDriver {
  const errors: { -readonly [handler in keyof ErrorHandlers]?: ErrorHandlers[handler] } = {};
  const options: { -readonly [option in keyof TopologyTestDriverOptions]: TopologyTestDriverOptions[option] } = {};
  for (const [name, value] of Object.entries(config)) {
    if (name === "statestore.cache.max.bytes") options.cacheMaxBytes = Number(value);
    else if (name === "deserialization.exception.handler") errors.deserialization = handler(value);
    else if (name === "processing.exception.handler") errors.processing = handler(value);
    else if (!SETTINGS_OF_THE_TOPOLOGY.has(name)) throw new MalformedScenarioError(`unknown setting ${name}`);
  }
  return new TopologyTestDriver(topology, { ...options, errors, applicationId: APPLICATION_ID });
}

/** Settings that building the topology has taken care of. */
const SETTINGS_OF_THE_TOPOLOGY: ReadonlySet<string> = new Set([
  "topology.optimization",
  "dsl.store.suppliers.class",
  "ensure.explicit.internal.resource.naming",
]);

function handler(name: string): typeof logAndContinue | typeof failOnError {
  return name === "LogAndContinue" ? logAndContinue : failOnError;
}
