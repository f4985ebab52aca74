import type { Environment } from "@millrace/kernel";
import type { MarkerDelay } from "./transaction/transactions.js";

/** How an embedded cluster behaves. Every field has a default. */
export interface EmbeddedOptions {
  /**
   * Keeps records, offsets and transactions in this directory: they outlive the process, a kill -9 included. One
   * process at a time. Default: in memory, gone with the object.
   */
  readonly dir?: string;
  /** Force every commit to the device, so that it outlives a power cut too. Default false: it outlives the process. */
  readonly fsync?: boolean;
  /**
   * Create a topic when a record is written to it. Default false: a misspelt topic is an error, as on most production
   * clusters. Reading never creates a topic.
   */
  readonly autoCreateTopics?: boolean;
  /** Partitions of topics that are created by writing to them. Default 1. */
  readonly partitions?: number;
  /**
   * Milliseconds between the answer to a transaction's end and the arrival of each of its markers; drawn anew for each
   * when a function. Default 0: in a later macrotask. Never at once, because a real cluster's are not.
   */
  readonly transactionMarkerDelayMs?: number | MarkerDelay;
  /** How long the first member of an empty group waits for others before partitions are assigned. Default 0. */
  readonly initialRebalanceDelayMs?: number;
  /** How often compaction and retention run by themselves. Default 300 000 (5 minutes), 0 for never. */
  readonly maintenanceIntervalMs?: number;
  /** Where time, chance and logging come from. Default: the system's. */
  readonly environment?: Partial<Environment>;
}
