import type { TopicPartition } from "../../port/topic-partition.js";
import type { MetadataPartition, MetadataResponse, MetadataTopic } from "../../protocol/requests/metadata.js";
import type { BrokerAddress } from "./broker-address.js";
import type { NodeId } from "./transport.js";

interface KnownTopic {
  readonly topicId: string;
  readonly partitions: readonly (MetadataPartition | undefined)[];
}

/** What is known of the cluster: where its brokers listen, and who leads which partition. */
export class ClusterMap {
  readonly #addresses = new Map<NodeId, BrokerAddress>();
  readonly #topics = new Map<string, KnownTopic>();
  #clusterId: string | null = null;

  get clusterId(): string | null {
    return this.#clusterId;
  }

  nodes(): NodeId[] {
    return [...this.#addresses.keys()];
  }

  address(node: NodeId): BrokerAddress | undefined {
    return this.#addresses.get(node);
  }

  leader(partition: TopicPartition): NodeId | undefined {
    const leader = this.#partition(partition)?.leader ?? -1;
    return leader < 0 ? undefined : leader;
  }

  /** -1: not known. */
  leaderEpoch(partition: TopicPartition): number {
    return this.#partition(partition)?.leaderEpoch ?? -1;
  }

  partitionCount(topic: string): number | undefined {
    return this.#topics.get(topic)?.partitions.length;
  }

  learnAddress(node: NodeId, address: BrokerAddress): void {
    this.#addresses.set(node, address);
  }

  /** Brokers that the answer does not name are forgotten; topics stay as they were. */
  learn(answer: MetadataResponse): void {
    this.#clusterId = answer.clusterId;
    // A broker that has just started knows of no other, and an empty list would leave us without any.
    if (answer.brokers.length > 0) this.#addresses.clear();
    for (const { nodeId, host, port } of answer.brokers) this.#addresses.set(nodeId, { host, port });
    for (const topic of answer.topics) if (topic.errorCode === 0) this.#learnTopic(topic);
  }

  forgetTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  #partition(partition: TopicPartition): MetadataPartition | undefined {
    return this.#topics.get(partition.topic)?.partitions[partition.partition];
  }

  #learnTopic(topic: MetadataTopic): void {
    const known = this.#topics.get(topic.name);
    const partitions: (MetadataPartition | undefined)[] = [];
    for (const partition of topic.partitions) {
      const before = known?.topicId === topic.topicId ? known.partitions[partition.partition] : undefined;
      // Brokers learn of elections one after the other: a later answer may be the older news (KIP-320).
      const stale = before !== undefined && partition.leaderEpoch >= 0 && before.leaderEpoch > partition.leaderEpoch;
      partitions[partition.partition] = stale ? before : partition;
    }
    this.#topics.set(topic.name, { topicId: topic.topicId, partitions });
  }
}
