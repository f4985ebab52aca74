import type { TopicPartition } from "../port/topic-partition.js";

/** The partitions a member reads: rebalances move them in and out. */
export interface OwnedPartitions {
  partitions(): readonly TopicPartition[];
  /** False for a partition that is here already, or that cannot be read. */
  canAdd(partition: TopicPartition): boolean;
  /** Takes partitions in; none of them is fetched before `start`. */
  admit(partitions: readonly TopicPartition[]): void;
  /** The listener has taken them in. */
  start(partitions: readonly TopicPartition[]): void;
  remove(partitions: readonly TopicPartition[]): void;
}
