import type { ClusterView } from "../port/admin.js";
import type { GroupAssignor, MemberAssignment, MemberSubscription } from "../port/consumer.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";

/**
 * Deals partitions out evenly and leaves them where they are as far as that allows. Cooperative: what must move is
 * given up in one round and given away in the next, the rest goes on being read.
 */
export const stickyAssignor: GroupAssignor = {
  name: "millrace-sticky",
  version: 0,
  protocol: "cooperative",
  subscriptionUserData: () => null,
  assign: (cluster, members) => Promise.resolve(assignSticky(cluster, members)),
  onAssignment() {
    // Nothing is sent along with an assignment.
  },
};

function assignSticky(
  cluster: ClusterView,
  members: readonly MemberSubscription[],
): ReadonlyMap<string, MemberAssignment> {
  const shares = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]));
  const owners = new Map<TopicPartition, string>();
  for (const member of members) for (const partition of member.ownedPartitions) owners.set(partition, member.memberId);
  const wanted = subscribedPartitions(cluster, members);
  const unplaced: TopicPartition[] = [];
  for (const partition of wanted) {
    const owner = members.find((member) => member.memberId === owners.get(partition));
    const share = owner === undefined ? undefined : shares.get(owner.memberId);
    const fits = owner !== undefined && owner.topics.includes(partition.topic);
    if (share !== undefined && fits && share.length < Math.ceil(wanted.length / members.length)) share.push(partition);
    else unplaced.push(partition);
  }
  for (const partition of unplaced) smallestShare(partition, members, shares)?.push(partition);
  balance(members, shares);
  return withoutPartitionsToBeGivenUp(shares, owners);
}

function subscribedPartitions(cluster: ClusterView, members: readonly MemberSubscription[]): TopicPartition[] {
  const names = [...new Set(members.flatMap((member) => member.topics))].sort();
  return names.flatMap((name) => {
    const count = cluster.topics.get(name)?.partitions ?? 0;
    return Array.from({ length: count }, (_, partition) => tp(name, partition));
  });
}

function smallestShare(
  partition: TopicPartition,
  members: readonly MemberSubscription[],
  shares: ReadonlyMap<string, TopicPartition[]>,
): TopicPartition[] | undefined {
  let smallest: TopicPartition[] | undefined;
  for (const member of members) {
    const share = shares.get(member.memberId)!;
    if (member.topics.includes(partition.topic) && (smallest === undefined || share.length < smallest.length)) {
      smallest = share;
    }
  }
  return smallest;
}

/** Moves single partitions from the fullest to emptier members until nobody has two more than one who could take one. */
function balance(members: readonly MemberSubscription[], shares: ReadonlyMap<string, TopicPartition[]>): void {
  for (let moved = true; moved;) {
    moved = false;
    for (const share of shares.values()) {
      const last = share.at(-1);
      if (last === undefined) continue;
      const target = smallestShare(last, members, shares);
      if (target === undefined || target.length + 1 >= share.length) continue;
      share.pop();
      target.push(last);
      moved = true;
    }
  }
}

function withoutPartitionsToBeGivenUp(
  shares: ReadonlyMap<string, TopicPartition[]>,
  owners: ReadonlyMap<TopicPartition, string>,
): ReadonlyMap<string, MemberAssignment> {
  const assignments = new Map<string, MemberAssignment>();
  for (const [memberId, share] of shares) {
    const free = share.filter((partition) => (owners.get(partition) ?? memberId) === memberId);
    assignments.set(memberId, { partitions: free, userData: null });
  }
  return assignments;
}
