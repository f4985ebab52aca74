import type { Isolation } from "../port/client.js";
import type { FetchedPartition } from "../port/records.js";
import type { OffsetMap, TopicPartition } from "../port/topic-partition.js";

/** Hands out one partition from a position on, in pieces of a bounded number of records. */
export interface PartitionReader {
  readonly tp: TopicPartition;
  paused: boolean;
  /** False until the rebalance listener has taken the partition in. */
  ready: boolean;
  /** Undefined until a position was chosen. */
  readonly position: number | undefined;
  /** Records up to the end seen by the last fetch. */
  readonly lag: number | undefined;
  seek(offset: number): void;
  /** The next piece of at most `maxRecords` offsets; null when there is nothing now. Moves the position. Throws the partition's error. */
  take(maxRecords: number): FetchedPartition | null;
  close(): void;
}

/** Where the readers of a consumer come from. */
export interface PartitionSource<Reader extends PartitionReader> {
  /** False when the partition is known not to exist. */
  has(partition: TopicPartition): boolean;
  /** May throw {@link import("../port/errors.js").MissingTopicError}. */
  open(partition: TopicPartition): Reader;
}

/** Where logs begin and end. */
export interface LogEnds {
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap>;
  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap>;
}
