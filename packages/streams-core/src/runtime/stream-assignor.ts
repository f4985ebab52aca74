import {
  tp,
  type ClusterView,
  type GroupAssignor,
  type MemberAssignment,
  type MemberSubscription,
  type TopicPartition,
} from "@millrace/kafka-client";
import { parseTaskId, taskIdText, type TaskId } from "../model/index.js";
import type { WorkerPlan } from "./worker-plan.js";

export interface StreamAssignorOptions {
  readonly plan: WorkerPlan;
  readonly protocol: "eager" | "cooperative";
  /** Names of tasks with state on this instance, open or not. */
  readonly tasksWithState: () => readonly string[];
}

/** What a member tells the leader about itself. */
interface MemberInfo {
  readonly version: 1;
  readonly tasks: readonly string[];
}

/**
 * Assigns tasks, whole, to members: evenly, and to those that run them or hold their state where that is possible. Under
 * the cooperative protocol a task that moves is given to nobody until its owner has let go of it (R9).
 */
export class StreamAssignor implements GroupAssignor {
  readonly name = "millrace-streams";
  readonly version = 1;
  readonly protocol: "eager" | "cooperative";
  readonly #options: StreamAssignorOptions;

  constructor(options: StreamAssignorOptions) {
    this.#options = options;
    this.protocol = options.protocol;
  }

  subscriptionUserData(): Uint8Array | null {
    const info: MemberInfo = { version: 1, tasks: this.#options.tasksWithState() };
    return Buffer.from(JSON.stringify(info));
  }

  async assign(
    cluster: ClusterView,
    members: readonly MemberSubscription[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    const tasks = this.#tasks(cluster);
    const owners = new Map<TopicPartition, string>();
    for (const member of members) for (const owned of member.ownedPartitions) owners.set(owned, member.memberId);
    const shares = new Map<string, TopicPartition[]>(members.map((member) => [member.memberId, []]));
    for (const [task, memberId] of assignTasks(tasks, members, owners)) {
      const moving = task.partitions.some((partition) => (owners.get(partition) ?? memberId) !== memberId);
      if (!moving || this.protocol === "eager") shares.get(memberId)?.push(...task.partitions);
    }
    return new Map([...shares].map(([memberId, partitions]) => [memberId, { partitions, userData: null }]));
  }

  onAssignment(): void {
    // Everything a member must know is in the partitions themselves.
  }

  /** Tasks of every sub-topology: as many as the most of its topics have partitions (R1). */
  #tasks(cluster: ClusterView): readonly PartitionedTask[] {
    const byName = new Map<string, PartitionedTask>();
    for (const { name, partitions } of cluster.topics.values()) {
      for (let partition = 0; partition < partitions; partition++) {
        const source = tp(name, partition);
        const id = this.#options.plan.taskOf(source);
        if (id === undefined) continue;
        const task = byName.get(taskIdText(id)) ?? { id, name: taskIdText(id), partitions: [] };
        byName.set(task.name, task);
        task.partitions.push(source);
      }
    }
    return [...byName.values()].sort((a, b) => a.id.partition - b.id.partition || a.id.subtopology - b.id.subtopology);
  }
}

interface PartitionedTask {
  readonly id: TaskId;
  readonly name: string;
  readonly partitions: TopicPartition[];
}

/** Balanced within one task; a task stays with its owner, then goes to who holds its state, then to who has fewest. */
function assignTasks(
  tasks: readonly PartitionedTask[],
  members: readonly MemberSubscription[],
  owners: ReadonlyMap<TopicPartition, string>,
): ReadonlyMap<PartitionedTask, string> {
  const order = members.map((member) => member.memberId).sort();
  const loads = new Map<string, number>(order.map((memberId) => [memberId, 0]));
  const least = Math.floor(tasks.length / order.length);
  let extra = tasks.length % order.length;
  const assigned = new Map<PartitionedTask, string>();
  const give = (task: PartitionedTask, memberId: string | undefined): void => {
    const load = memberId === undefined ? undefined : loads.get(memberId);
    if (memberId === undefined || load === undefined || load > least || (load === least && extra === 0)) return;
    if (load === least) extra--;
    loads.set(memberId, load + 1);
    assigned.set(task, memberId);
  };
  const holders = stateHolders(members);
  for (const task of tasks) give(task, owners.get(task.partitions[0]!));
  for (const task of tasks) if (!assigned.has(task)) for (const memberId of holders.get(task.name) ?? []) if (!assigned.has(task)) give(task, memberId);
  for (const task of tasks) {
    if (assigned.has(task)) continue;
    const lightest = order.reduce((a, b) => ((loads.get(b) ?? 0) < (loads.get(a) ?? 0) ? b : a));
    give(task, lightest);
  }
  return assigned;
}

function stateHolders(members: readonly MemberSubscription[]): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const member of members) {
    for (const task of tasksIn(member.userData)) {
      const { subtopology, partition } = parseTaskId(task);
      if (!Number.isInteger(subtopology) || !Number.isInteger(partition)) continue;
      holders.set(task, [...(holders.get(task) ?? []), member.memberId]);
    }
  }
  return holders;
}

/** Nothing for user data of another version: the task is then assigned without that knowledge. */
function tasksIn(userData: Uint8Array | null): readonly string[] {
  if (userData === null) return [];
  try {
    const info = JSON.parse(Buffer.from(userData).toString("utf8")) as Partial<MemberInfo>;
    return info.version === 1 && Array.isArray(info.tasks) ? info.tasks : [];
  } catch {
    return [];
  }
}
