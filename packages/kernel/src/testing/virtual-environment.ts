import type { Environment } from "../environment.js";
import { metricsRegistry } from "../measuring/metrics-registry.js";
import { RecordingLogger } from "./recording-logger.js";
import { SeededRandomness } from "./seeded-randomness.js";
import { VirtualClock } from "./virtual-clock.js";
import { VirtualScheduler } from "./virtual-scheduler.js";

/** A world in which time stands still, chance is seeded and log lines are kept. */
export interface VirtualEnvironment extends Environment {
  readonly clock: VirtualClock;
  readonly scheduler: VirtualScheduler;
  readonly randomness: SeededRandomness;
  readonly logger: RecordingLogger;
}

export interface VirtualEnvironmentOptions {
  /** Decides everything that is left to chance. Default 1. */
  readonly seed?: number;
  /** What the wall clock shows at first, milliseconds since the epoch. Default 0. */
  readonly startMs?: number;
  /** True: tasks that are due at once run in an order drawn from the seed. Default: in order of insertion. */
  readonly shuffleTasks?: boolean;
}

/** A new virtual world. The same options and the same program give the same run. */
export function virtualEnvironment(options: VirtualEnvironmentOptions = {}): VirtualEnvironment {
  const { seed = 1, startMs = 0, shuffleTasks = false } = options;
  const randomness = new SeededRandomness(seed);
  const clock = new VirtualClock(startMs);
  const scheduler = new VirtualScheduler(clock, shuffleTasks ? { choice: randomness.fork() } : {});
  return { clock, scheduler, randomness, logger: new RecordingLogger(), metrics: metricsRegistry() };
}
