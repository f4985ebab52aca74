export { RecordingLogger, type LogLine } from "./recording-logger.js";
export { SeededRandomness } from "./seeded-randomness.js";
export { VirtualClock } from "./virtual-clock.js";
export { virtualEnvironment, type VirtualEnvironment, type VirtualEnvironmentOptions } from "./virtual-environment.js";
export {
  VirtualScheduler,
  VirtualTimeStuckError,
  type RunLimits,
  type VirtualSchedulerOptions,
} from "./virtual-scheduler.js";
