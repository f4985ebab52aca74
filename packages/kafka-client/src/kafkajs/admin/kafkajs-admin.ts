import type {
  ClusterView,
  GroupDescription,
  GroupListing,
  StreamsAdmin,
  TopicDescription,
  TopicInfo,
  TopicSpec,
} from "../../port/admin.js";
import type { Isolation } from "../../port/client.js";
import type { OffsetAndMetadata } from "../../port/consumer.js";
import type { OffsetMap, TopicPartition, TpMap } from "../../port/topic-partition.js";
import { OffsetLookup } from "../fetch/offset-lookup.js";
import type { ConnectionSettings } from "../kafka-options.js";
import type { Transport } from "../transport/transport.js";
import { GroupAdmin } from "./group-admin.js";
import { TopicAdmin } from "./topic-admin.js";

/** Administration of a real cluster, over requests of our own. */
export class KafkajsAdmin implements StreamsAdmin {
  readonly #topics: TopicAdmin;
  readonly #groups: GroupAdmin;
  readonly #offsets: OffsetLookup;

  constructor(transport: Transport, settings: ConnectionSettings) {
    this.#topics = new TopicAdmin(transport, settings);
    this.#groups = new GroupAdmin(transport, settings);
    this.#offsets = new OffsetLookup(transport, settings);
  }

  describeTopics(names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription | null>> {
    return this.#topics.describe(names);
  }

  listTopics(): Promise<readonly string[]> {
    return this.#topics.list();
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.#topics.create(specs);
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#topics.delete(names);
  }

  createPartitions(name: string, partitions: number): Promise<void> {
    return this.#topics.grow(name, partitions);
  }

  deleteRecords(before: OffsetMap): Promise<void> {
    return this.#topics.deleteRecords(before);
  }

  topicConfigs(names: readonly string[]): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
    return this.#topics.configs(names);
  }

  alterTopicConfigs(name: string, config: Readonly<Record<string, string>>): Promise<void> {
    return this.#topics.alterConfigs(name, config);
  }

  listOffsets(
    partitions: readonly TopicPartition[],
    at: "earliest" | "latest" | number,
    isolation: Isolation,
  ): Promise<OffsetMap> {
    return this.#offsets.listOffsets(partitions, at, isolation);
  }

  groupOffsets(groupId: string): Promise<TpMap<OffsetAndMetadata>> {
    return this.#groups.offsets(groupId);
  }

  alterGroupOffsets(groupId: string, offsets: OffsetMap): Promise<void> {
    return this.#groups.alterOffsets(groupId, offsets);
  }

  listGroups(): Promise<readonly GroupListing[]> {
    return this.#groups.list();
  }

  describeGroups(groupIds: readonly string[]): Promise<readonly GroupDescription[]> {
    return this.#groups.describe(groupIds);
  }

  deleteGroups(groupIds: readonly string[]): Promise<void> {
    return this.#groups.delete(groupIds);
  }

  async clusterView(topics: readonly string[]): Promise<ClusterView> {
    const infos = await this.#topics.describe(topics);
    const known = new Map<string, TopicInfo>();
    for (const [name, info] of infos) if (info !== null) known.set(name, info);
    return { topics: known };
  }
}
