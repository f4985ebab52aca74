import type { Isolation } from "./client.js";
import type { OffsetAndMetadata } from "./consumer.js";
import type { OffsetMap, TopicPartition, TpMap } from "./topic-partition.js";

export interface TopicInfo {
  readonly name: string;
  readonly topicId?: string;
  readonly partitions: number;
}

/** Where the copies of a partition are, by the ids of nodes. */
export interface PartitionReplicas {
  /** Null: it has none at the moment. */
  readonly leader: number | null;
  readonly replicas: readonly number[];
  /** Those that have everything that is acknowledged. */
  readonly inSync: readonly number[];
}

export interface TopicDescription extends TopicInfo {
  /** In order of partition. */
  readonly placement: readonly PartitionReplicas[];
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** Topics with their partition counts, as the group's leader sees them. */
export interface ClusterView {
  readonly topics: ReadonlyMap<string, TopicInfo>;
}

/** By which protocol a group works: "consumer" is that of KIP-848, in which brokers assign. */
export type GroupType = "classic" | "consumer" | "share" | "streams";

export interface GroupListing {
  readonly groupId: string;
  /** In Kafka's own words, such as "Stable", "Empty" or, of a group that is not there, "Dead". */
  readonly state: string;
  readonly type: GroupType;
}

export interface GroupMemberDescription {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly partitions: readonly TopicPartition[];
}

export interface GroupDescription extends GroupListing {
  /** The assignor; "" when there is none. */
  readonly protocol: string;
  /** None are named of groups of the types "share" and "streams". */
  readonly members: readonly GroupMemberDescription[];
}

export interface StreamsAdmin {
  /** Null for a topic that does not exist. */
  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription | null>>;
  listTopics(): Promise<readonly string[]>;
  /** A topic that exists with the same partition count is success; with another it is a typed error. */
  createTopics(specs: readonly TopicSpec[]): Promise<void>;
  deleteTopics(names: readonly string[]): Promise<void>;
  createPartitions(name: string, partitions: number): Promise<void>;
  /** Deletes what is before the given offsets. */
  deleteRecords(before: OffsetMap): Promise<void>;
  topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>>;
  alterTopicConfigs(name: string, config: Readonly<Record<string, string>>): Promise<void>;
  /** `at` a number: the first offset whose timestamp is not smaller; the end when there is none. */
  listOffsets(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<OffsetMap>;
  groupOffsets(groupId: string): Promise<TpMap<OffsetAndMetadata>>;
  alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void>;
  listGroups(): Promise<readonly GroupListing[]>;
  describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]>;
  deleteGroups(groupIds: readonly string[]): Promise<void>;
  clusterView(topics: readonly string[]): Promise<ClusterView>;
}
