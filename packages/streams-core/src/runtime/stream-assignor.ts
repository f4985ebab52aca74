import {
  tp,
  type ClusterView,
  type GroupAssignor,
  type MemberAssignment,
  type MemberSubscription,
  type TopicPartition,
} from "@millrace/kafka-client";
import { assignTasks, decodeMemberData, encodeMemberData, type AssignableMember } from "../assignment/index.js";
import { taskIdText } from "../model/index.js";
import type { WorkerPlan } from "./worker-plan.js";

export interface StreamAssignorOptions {
  readonly plan: WorkerPlan;
  readonly protocol: "eager" | "cooperative";
  /** Stable over the life of the instance. */
  readonly processId: string;
  /** Names of the tasks this instance runs. */
  readonly running: () => readonly string[];
  /** Tasks with state on this instance, open or not, and the sum of the offsets their stores have reached. */
  readonly stateOffsets: () => ReadonlyMap<string, number>;
}

/** A task with the source partitions it reads. */
interface PartitionedTask {
  readonly name: string;
  readonly subtopology: number;
  readonly partitions: TopicPartition[];
}

const NO_OFFSETS: ReadonlyMap<string, number> = new Map();

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
    const { processId, running, stateOffsets } = this.#options;
    return encodeMemberData({ processId, running: running(), stateOffsets: stateOffsets() });
  }

  assign(cluster: ClusterView, members: readonly MemberSubscription[]): Promise<ReadonlyMap<string, MemberAssignment>> {
    const owners = new Map<TopicPartition, string>();
    for (const { memberId, ownedPartitions } of members) {
      for (const partition of ownedPartitions) owners.set(partition, memberId);
    }
    const shares = assignTasks(
      this.#tasks(cluster),
      members.map((member) => this.#assignable(member)),
    );
    const assignments = new Map<string, MemberAssignment>();
    for (const [memberId, tasks] of shares) {
      const mayHave = ({ partitions }: PartitionedTask): boolean =>
        this.protocol === "eager" || partitions.every((partition) => (owners.get(partition) ?? memberId) === memberId);
      const partitions = tasks.filter(mayHave).flatMap((task) => task.partitions);
      assignments.set(memberId, { partitions, userData: null });
    }
    return Promise.resolve(assignments);
  }

  onAssignment(): void {
    // Everything a member must know is in the partitions themselves.
  }

  #assignable({ memberId, ownedPartitions, userData }: MemberSubscription): AssignableMember {
    const running = new Set<string>();
    for (const partition of ownedPartitions) {
      const id = this.#options.plan.taskOf(partition);
      if (id !== undefined) running.add(taskIdText(id));
    }
    const stateOffsets = decodeMemberData(userData)?.stateOffsets ?? NO_OFFSETS;
    return { memberId, running: [...running], stateOffsets };
  }

  /** Tasks of every sub-topology: as many as the most of its topics have partitions (R1). */
  #tasks(cluster: ClusterView): readonly PartitionedTask[] {
    const byName = new Map<string, PartitionedTask>();
    for (const { name: topic, partitions } of cluster.topics.values()) {
      for (let partition = 0; partition < partitions; partition++) {
        const source = tp(topic, partition);
        const id = this.#options.plan.taskOf(source);
        if (id === undefined) continue;
        const name = taskIdText(id);
        const task = byName.get(name) ?? { name, subtopology: id.subtopology, partitions: [] };
        byName.set(name, task);
        task.partitions.push(source);
      }
    }
    return [...byName.values()];
  }
}
