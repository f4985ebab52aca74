import type { KafkaClient } from "../port/client.js";
import type { GroupAssignor, GroupConsumer, GroupConsumerConfig, MemberSubscription } from "../port/consumer.js";
import type { ClusterView } from "../port/admin.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import { rows } from "./records-at-hand.js";

/** A member of a group that writes down what happens to it. */
export class ContractMember {
  readonly consumer: GroupConsumer;
  /** "assigned 0,1", "revoked 1", "lost 0", in order. */
  readonly events: string[] = [];
  readonly rows: string[] = [];
  readonly assignor: GroupAssignor;
  /** Runs inside `onRevoked`. */
  onRevoked: () => Promise<void> = () => Promise.resolve();
  userData: Uint8Array | null = null;

  constructor(
    client: KafkaClient,
    config: Partial<GroupConsumerConfig> & { groupId: string },
    protocol: "eager" | "cooperative",
  ) {
    this.consumer = client.groupConsumer({
      isolation: "read_committed",
      offsetReset: { fallback: "earliest" },
      // Where a rebalance is learned of by heartbeats alone, tests must not wait for it long.
      heartbeatIntervalMs: 50,
      ...config,
    });
    this.assignor = {
      name: `even-${protocol}`,
      version: 0,
      protocol,
      subscriptionUserData: () => {
        this.events.push("userData");
        return this.userData;
      },
      assign: (cluster, members) => {
        this.events.push("assign");
        return Promise.resolve(assignEvenly(cluster, members));
      },
      onAssignment: (_partitions, userData) => {
        this.events.push(userData === null ? "onAssignment" : `onAssignment ${Buffer.from(userData).toString()}`);
      },
    };
  }

  subscribe(topics: readonly string[] | RegExp): this {
    const numbers = (partitions: readonly TopicPartition[]): string =>
      partitions
        .map(({ partition }) => partition)
        .sort((a, b) => a - b)
        .join(",");
    this.consumer.subscribe(topics, this.assignor, {
      onRevoked: async (partitions) => {
        this.events.push(`revoked ${numbers(partitions)}`);
        await this.onRevoked();
      },
      onAssigned: (partitions) => {
        this.events.push(`assigned ${numbers(partitions)}`);
        return Promise.resolve();
      },
      onLost: (partitions) => {
        this.events.push(`lost ${numbers(partitions)}`);
        return Promise.resolve();
      },
    });
    return this;
  }

  /** Partition numbers it owns now, in order. */
  get owned(): number[] {
    return this.consumer
      .assignment()
      .map(({ partition }) => partition)
      .sort((a, b) => a - b);
  }

  async poll(maxWaitMs = 20): Promise<void> {
    this.rows.push(...rows(await this.consumer.poll(maxWaitMs)));
  }
}

/** At 20 ms each at least: time enough for a cluster on a busy machine. */
const ROUNDS_MAX = 2_000;

/** Polls all members in turn until `settled` holds; gives up after many rounds. */
export async function pollUntil(members: readonly ContractMember[], settled: () => boolean): Promise<void> {
  for (let round = 0; !settled(); round++) {
    if (round > ROUNDS_MAX)
      throw new Error(`not settled: ${members.map((member) => member.events.join("; ")).join(" | ")}`);
    await Promise.all(members.map((member) => member.poll()));
  }
}

/** True when the members own the partitions 0 to `count - 1` between them, none twice, and shares differ by one at most. */
export function evenly(members: readonly ContractMember[], count: number): boolean {
  const sizes = members.map((member) => member.owned.length);
  const all = members.flatMap((member) => member.owned).sort((a, b) => a - b);
  return all.join() === [...Array(count).keys()].join() && Math.max(...sizes) - Math.min(...sizes) <= 1;
}

/** Partition n goes to member n modulo their number (by id); what another still owns goes to nobody. User data: the id's echo. */
function assignEvenly(cluster: ClusterView, members: readonly MemberSubscription[]) {
  const sorted = [...members].sort((a, b) => ((a.instanceId ?? a.memberId) < (b.instanceId ?? b.memberId) ? -1 : 1));
  const all = [...cluster.topics.values()].flatMap((topic) =>
    Array.from({ length: topic.partitions }, (_, index) => tp(topic.name, index)),
  );
  const owners = new Map<TopicPartition, string>();
  for (const { memberId, ownedPartitions } of members) for (const owned of ownedPartitions) owners.set(owned, memberId);
  return new Map(
    sorted.map(({ memberId, userData }, index) => {
      const share = all.filter((partition) => partition.partition % sorted.length === index);
      const free = share.filter((partition) => (owners.get(partition) ?? memberId) === memberId);
      return [memberId, { partitions: free, userData }];
    }),
  );
}
