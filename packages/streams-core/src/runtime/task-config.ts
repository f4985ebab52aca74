import type { TimestampExtractor } from "../model/index.js";
import { failOnInvalidTimestamp } from "../time/index.js";
import { errorPolicy, type ErrorPolicy } from "./error-policy.js";

/** What a task is run with. */
export interface TaskConfig {
  readonly errors: ErrorPolicy;
  /** For sources without one of their own. */
  readonly timestampExtractor: TimestampExtractor;
  /** Budget of the task's record cache; 0: no cache, every update goes on at once (R16). */
  readonly cacheMaxBytes: number;
  /** How long a task waits for partitions without records; see TaskIdling (R3). */
  readonly maxTaskIdleMs: number;
  /** Above this many buffered records of a partition, the worker pauses it (R2). */
  readonly bufferedRecordsMax: number;
}

/** Kafka Streams' defaults: fail on errors, 10 MiB of cache, 1000 buffered records a partition. */
export const defaultTaskConfig: TaskConfig = Object.freeze({
  errors: errorPolicy(),
  timestampExtractor: failOnInvalidTimestamp,
  cacheMaxBytes: 10 * 1024 * 1024,
  maxTaskIdleMs: 0,
  bufferedRecordsMax: 1000,
});
