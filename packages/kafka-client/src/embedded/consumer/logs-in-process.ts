import type { Isolation } from "../../port/client.js";
import type { OffsetMap, TopicPartition } from "../../port/topic-partition.js";
import type { FetchLimits } from "../../reading/fetch-session.js";
import type { LogEnds, PartitionSource } from "../../reading/partition-reader.js";
import type { Topics } from "../topics.js";
import { PartitionFetcher } from "./partition-fetcher.js";

/** The ends of the logs of this process. */
export class EndsInProcess implements LogEnds {
  readonly #topics: Topics;

  constructor(topics: Topics) {
    this.#topics = topics;
  }

  async beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap> {
    return new Map(partitions.map((partition) => [partition, this.#topics.requireLog(partition).startOffset]));
  }

  async endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap> {
    return new Map(partitions.map((partition) => [partition, this.#topics.requireLog(partition).endOffset(isolation)]));
  }
}

/** Readers of the logs of this process; `onData` is called whenever one of these logs grows. */
export function logsInProcess(
  topics: Topics,
  limits: FetchLimits,
  onData: () => void,
): PartitionSource<PartitionFetcher> {
  const { isolation, maxBytesPerPartition } = limits;
  return {
    has: (partition) => topics.log(partition) !== undefined,
    open: (partition) => new PartitionFetcher(topics.requireLog(partition), isolation, maxBytesPerPartition, onData),
  };
}
