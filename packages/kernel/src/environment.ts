import type { Clock } from "./clock.js";
import type { Logger } from "./logger.js";
import type { Metrics } from "./metrics.js";
import type { Randomness } from "./randomness.js";
import type { Scheduler } from "./scheduler.js";

/** The outside world as one value: what an app, a client or a test hands down. */
export interface Environment {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomness: Randomness;
  readonly logger: Logger;
  readonly metrics: Metrics;
}
