export type { Clock } from "./clock.js";
export type { Environment } from "./environment.js";
export { MillraceError } from "./errors.js";
export type { LogFields, Logger } from "./logger.js";
export type { Counter, Metrics, MetricTags, MetricValue } from "./metrics.js";
export type { Randomness } from "./randomness.js";
export type { Scheduler, Timer } from "./scheduler.js";
