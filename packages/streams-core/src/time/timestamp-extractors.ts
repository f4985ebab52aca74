import { systemClock, type Clock } from "@millrace/kernel";
import type { TimestampExtractor } from "../model/index.js";
import { InvalidTimestampError } from "./invalid-timestamp-error.js";

/** The record's own timestamp; throws InvalidTimestampError where it is negative. The default of every source. */
export const failOnInvalidTimestamp: TimestampExtractor = (record) => {
  if (record.timestamp < 0) throw new InvalidTimestampError(record);
  return record.timestamp;
};

const logAndSkip: TimestampExtractor = (record) => record.timestamp;

const usePartitionTime: TimestampExtractor = (record, partitionTimeMs) => {
  if (record.timestamp >= 0) return record.timestamp;
  if (partitionTimeMs < 0) throw new InvalidTimestampError(record);
  return partitionTimeMs;
};

/** Ways to give a source record its event time (T4). */
export interface TimestampExtractors {
  /** The record's own timestamp; throws InvalidTimestampError where it is negative. The default. */
  readonly failOnInvalid: TimestampExtractor;
  /** The record's own timestamp; a record with a negative one is dropped, counted and logged by its task. */
  readonly logAndSkip: TimestampExtractor;
  /** The record's own timestamp, or the partition's greatest one so far; throws InvalidTimestampError where there is neither. */
  readonly usePartitionTime: TimestampExtractor;
  /** The time at which the record is read. Give the environment's clock where time is simulated. */
  wallclock(clock?: Clock): TimestampExtractor;
}

/** Ways to give a source record its event time (T4). Any `(record, partitionTimeMs) => number` will do as well. */
export const timestampExtractors: TimestampExtractors = Object.freeze({
  failOnInvalid: failOnInvalidTimestamp,
  logAndSkip,
  usePartitionTime,
  wallclock:
    (clock: Clock = systemClock) =>
    () =>
      clock.nowMs(),
});
