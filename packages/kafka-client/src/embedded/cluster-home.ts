import type { Environment } from "@millrace/kernel";
import type { TopicPartition } from "../port/topic-partition.js";
import { forgetfulJournal, type Journal } from "./journal.js";
import { MemoryStorage } from "./log/memory-storage.js";
import { PartitionLog } from "./log/partition-log.js";

/** Where a cluster keeps itself. */
export interface ClusterHome {
  readonly journal: Journal;
  /** Makes, or finds again, the log of a partition. */
  openPartition(partition: TopicPartition, topicId: string): PartitionLog;
  /** Called when nobody uses the cluster any more. */
  close(): void;
}

/** A home in memory. */
export function memoryHome(environment: Environment): ClusterHome {
  return {
    journal: forgetfulJournal,
    openPartition: (partition) => new PartitionLog(partition, new MemoryStorage(), environment.clock),
    close() {
      // Memory is given back by itself.
    },
  };
}
