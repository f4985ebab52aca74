import type { StreamsAdmin } from "./admin.js";
import type { GroupConsumer, GroupConsumerConfig, ManualConsumer, RestoreConsumerConfig } from "./consumer.js";
import type { ProducerConfig, StreamsProducer } from "./producer.js";

export type Codec = "none" | "gzip" | "snappy" | "lz4" | "zstd";
export type Isolation = "read_uncommitted" | "read_committed";

/** What a client can do; the runtime asks instead of guessing. */
export interface Capabilities {
  readonly eos: "none" | "per-task" | "v2";
  readonly rebalance: ReadonlySet<"eager" | "cooperative" | "streams">;
  readonly assignmentUserData: boolean;
  readonly staticMembership: boolean;
  readonly manualAssign: boolean;
  readonly stableOffsets: boolean;
  readonly offsetMetadata: boolean;
  readonly partitionPause: boolean;
  readonly compression: ReadonlySet<Codec>;
  /**
   * Sockets to one broker that an app of one worker may have open: administration, membership, fetching, producing, restoring,
   * standbys, global stores. All but the first and the last come again with each further worker.
   */
  readonly maxBrokerSockets: number;
  /** True when topics and offsets outlive the process. Engines default to memory when they do not. */
  readonly durable: boolean;
}

/**
 * The port between the engine and records: bytes in, bytes out, offsets and timestamps as safe integers.
 * Implemented by the embedded log and by real Kafka; both pass the contract suite of `@millrace/kafka-client/conformance`.
 */
export interface KafkaClient {
  readonly capabilities: Capabilities;
  /** One per stream worker. */
  groupConsumer(config: GroupConsumerConfig): GroupConsumer;
  /** Restore, standby, global tables: no group. */
  restoreConsumer(config: RestoreConsumerConfig): ManualConsumer;
  producer(config: ProducerConfig): StreamsProducer;
  admin(): StreamsAdmin;
  clusterId(): Promise<string>;
  /** Closes what was opened through it. For whoever made the client: an app that was handed one leaves it open. */
  close(options?: { timeoutMs?: number }): Promise<void>;
}
