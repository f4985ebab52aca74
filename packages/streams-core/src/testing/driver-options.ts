import type { Logger } from "@millrace/kernel";
import type { ErrorHandlers, TimestampExtractor } from "../model/index.js";

/** How a topology is driven. */
export interface TopologyTestDriverOptions {
  /** Prefix of internal topics. Default "test". */
  readonly applicationId?: string;
  /** What the mocked wall clock shows at first, milliseconds since the epoch. Default 0. */
  readonly initialWallClockMs?: number;
  /** Record cache; 0 hands on every update at once. Default 10 MiB, which changes little here: the driver commits after each record. */
  readonly cacheMaxBytes?: number;
  /** Default: fail. */
  readonly errors?: ErrorHandlers;
  /** For sources without one of their own. Default: the record's timestamp, which must not be negative. */
  readonly timestampExtractor?: TimestampExtractor;
  /** Where warnings go. Default: nowhere. */
  readonly logger?: Logger;
}
