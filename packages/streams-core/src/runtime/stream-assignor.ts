import {
  tp,
  type ClusterView,
  type GroupAssignor,
  type GroupMetadata,
  type MemberAssignment,
  type MemberSubscription,
  type TopicPartition,
} from "@millrace/kafka-client";
import {
  assignTasks,
  decodeAssignmentData,
  decodeMemberData,
  encodeAssignmentData,
  encodeMemberData,
  type AssignableMember,
} from "../assignment/index.js";
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
  /** This instance was to let go of tasks for others: have it join again. */
  readonly onLettingGo: () => void;
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
  #letGoGeneration = -1;

  constructor(options: StreamAssignorOptions) {
    this.#options = options;
    this.protocol = options.protocol;
  }

  subscriptionUserData(): Uint8Array | null {
    const { processId, running, stateOffsets } = this.#options;
    return encodeMemberData({
      processId,
      running: running(),
      stateOffsets: stateOffsets(),
      letGoGeneration: this.#letGoGeneration,
    });
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
    const given = new Map<string, readonly TopicPartition[]>();
    const lettingGo = new Set<string>();
    for (const [memberId, tasks] of shares) {
      const ownersBefore = ({ partitions }: PartitionedTask): readonly string[] =>
        partitions.map((partition) => owners.get(partition) ?? memberId).filter((owner) => owner !== memberId);
      const mayHave = (task: PartitionedTask): boolean => {
        if (this.protocol === "eager") return true;
        const before = ownersBefore(task);
        for (const owner of before) lettingGo.add(owner);
        return before.length === 0;
      };
      given.set(
        memberId,
        tasks.filter(mayHave).flatMap((task) => task.partitions),
      );
    }
    const assignments = new Map<string, MemberAssignment>();
    for (const [memberId, partitions] of given) {
      assignments.set(memberId, { partitions, userData: encodeAssignmentData({ letsGo: lettingGo.has(memberId) }) });
    }
    return Promise.resolve(assignments);
  }

  /**
   * The owner that lets go of partitions joins again by itself. But a static member that goes away before, and is back
   * within its session, is given the same assignment again and owns nothing it could let go of: it must ask.
   */
  onAssignment(_: readonly TopicPartition[], userData: Uint8Array | null, { generation }: GroupMetadata): void {
    if (!decodeAssignmentData(userData).letsGo) return;
    this.#letGoGeneration = generation;
    this.#options.onLettingGo();
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
