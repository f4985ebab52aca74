import type {
  ClusterView,
  GroupDescription,
  GroupListing,
  StreamsAdmin,
  TopicDescription,
  TopicSpec,
} from "../port/admin.js";
import type { Isolation } from "../port/client.js";
import type { OffsetAndMetadata } from "../port/consumer.js";
import { MissingTopicError } from "../port/errors.js";
import type { OffsetMap, TopicPartition, TpMap } from "../port/topic-partition.js";
import type { Cluster } from "./cluster.js";
import type { Group } from "./group/group.js";
import { topicDefaults } from "./topic-defaults.js";

/** Administration of an embedded cluster. */
export class EmbeddedAdmin implements StreamsAdmin {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  async describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription | null>> {
    return new Map(names.map((name) => [name, this.#cluster.topics.get(name)?.description() ?? null]));
  }

  async listTopics(): Promise<readonly string[]> {
    return this.#cluster.topics.names();
  }

  async createTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const spec of specs) this.#cluster.topics.create(spec);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#requireTopics(names);
    for (const name of names) this.#cluster.deleteTopic(name);
  }

  async createPartitions(name: string, partitions: number): Promise<void> {
    this.#cluster.topics.addPartitions(name, partitions);
  }

  async deleteRecords(before: OffsetMap): Promise<void> {
    for (const [partition, offset] of before) this.#cluster.topics.requireLog(partition).deleteBefore(offset);
  }

  async topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    this.#requireTopics(names);
    return new Map(names.map((name) => [name, { ...topicDefaults, ...this.#cluster.topics.require(name).overrides }]));
  }

  async alterTopicConfigs(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    this.#cluster.topics.alterConfig(name, config);
  }

  async listOffsets(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<OffsetMap> {
    const offsets = new Map<TopicPartition, number>();
    for (const partition of partitions) {
      const log = this.#cluster.topics.requireLog(partition);
      if (at === "earliest") offsets.set(partition, log.startOffset);
      else if (at === "latest") offsets.set(partition, log.endOffset(isolation));
      else offsets.set(partition, log.offsetAt(at, isolation));
    }
    return offsets;
  }

  async groupOffsets(groupId: string): Promise<TpMap<OffsetAndMetadata>> {
    return this.#cluster.groups.find(groupId)?.offsets.all() ?? new Map();
  }

  async alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void> {
    for (const partition of offsets.keys()) this.#cluster.topics.requireLog(partition);
    const committed = [...offsets].map(([partition, offset]) => [partition, { offset }] as const);
    this.#cluster.groups.alter(groupId, new Map(committed));
  }

  async listGroups(): Promise<readonly GroupListing[]> {
    return [...this.#cluster.groups.all()].map((group) => ({ groupId: group.id, state: group.state, type: "classic" }));
  }

  async describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    return groupIds.map((groupId) => describe(groupId, this.#cluster.groups.find(groupId)));
  }

  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) this.#cluster.groups.delete(groupId);
  }

  async clusterView(topics: readonly string[]): Promise<ClusterView> {
    return this.#cluster.topics.view(topics);
  }

  #requireTopics(names: readonly string[]): void {
    const missing = names.filter((name) => this.#cluster.topics.get(name) === undefined);
    if (missing.length > 0) throw new MissingTopicError(missing);
  }
}

function describe(groupId: string, group: Group | undefined): GroupDescription {
  if (group === undefined) return { groupId, state: "Dead", type: "classic", protocol: "", members: [] };
  const members = [...group.members.values()].map((member) => ({
    memberId: member.id,
    instanceId: member.request.instanceId,
    clientId: member.request.clientId,
    partitions: member.assignment.partitions,
  }));
  return { groupId, state: group.state, type: "classic", protocol: group.assignorName, members };
}
