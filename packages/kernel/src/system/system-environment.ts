import type { Environment } from "../environment.js";
import { consoleLogger } from "../logging/console-logger.js";
import { metricsRegistry } from "../measuring/metrics-registry.js";
import { systemClock } from "./system-clock.js";
import { systemRandomness } from "./system-randomness.js";
import { systemScheduler } from "./system-scheduler.js";

/** The real world: the machine's clock, timers and chance, warnings to stderr, a metrics registry of its own. `overrides` replace parts. */
export function systemEnvironment(overrides: Partial<Environment> = {}): Environment {
  return {
    clock: systemClock,
    scheduler: systemScheduler,
    randomness: systemRandomness,
    logger: overrides.logger ?? consoleLogger(),
    metrics: overrides.metrics ?? metricsRegistry(),
    ...overrides,
  };
}
