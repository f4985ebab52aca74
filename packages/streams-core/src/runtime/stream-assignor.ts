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
  NEWEST_VERSION,
  packPlacements,
  type AssignableMember,
  type AssignmentData,
  type AssignmentRules,
  type InstancePlacement,
  type MemberData,
} from "../assignment/index.js";
import { taskIdText, type TaskId } from "../model/index.js";
import type { WorkerPlan } from "./worker-plan.js";

export interface StreamAssignorOptions {
  readonly plan: WorkerPlan;
  readonly protocol: "eager" | "cooperative";
  readonly rules: AssignmentRules;
  /** What this member says of itself, asked before every join. */
  readonly member: () => Omit<MemberData, "askedGeneration">;
  /** Sums of the ends of the changelogs of tasks, by name; those that cannot be told are not in it. Asked of the leader. */
  readonly changelogEnds: (tasks: readonly TaskId[]) => Promise<ReadonlyMap<string, number>>;
  /** What the leader said, after every round. */
  readonly onAssigned: (data: AssignmentData) => void;
  /** Have this member join again. */
  readonly rejoin: (reason: string) => void;
  /** The newest version of member data that it writes and reads. Default: the newest there is. */
  readonly newestVersion?: number;
}

/** A task with the source partitions it reads. */
interface PartitionedTask {
  readonly id: TaskId;
  readonly name: string;
  readonly subtopology: number;
  readonly stateful: boolean;
  readonly endOffsetSum: number | null;
  readonly partitions: readonly TopicPartition[];
}

/** A member's subscription and what could be read of its data. */
interface KnownMember extends AssignableMember {
  readonly host: string | null;
  /** It speaks a version this leader does not. */
  readonly newer: boolean;
}

/** What one member gets. */
interface Share {
  readonly given: readonly PartitionedTask[];
  readonly standby: readonly string[];
  readonly warmUp: readonly string[];
}

const NO_OFFSETS: ReadonlyMap<string, number> = new Map();
const NOTHING_KNOWN = { host: null, tags: {}, restoring: [], standby: [], stateOffsets: NO_OFFSETS };

/**
 * Assigns tasks, whole, to members, and copies of their state: see `assignTasks`. Under the cooperative protocol a task
 * that moves is given to nobody until its owner has let go of it (R9).
 */
export class StreamAssignor implements GroupAssignor {
  readonly name = "millrace-streams";
  readonly version = 1;
  readonly protocol: "eager" | "cooperative";
  readonly #options: StreamAssignorOptions;
  readonly #newest: number;
  #speaks: number;
  #generation = -1;
  #askedGeneration = -1;

  constructor(options: StreamAssignorOptions) {
    this.#options = options;
    this.protocol = options.protocol;
    this.#newest = options.newestVersion ?? NEWEST_VERSION;
    this.#speaks = this.#newest;
  }

  subscriptionUserData(): Uint8Array | null {
    return encodeMemberData({ ...this.#options.member(), askedGeneration: this.#askedGeneration }, this.#speaks);
  }

  async assign(
    cluster: ClusterView,
    members: readonly MemberSubscription[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    const known = members.map((member) => this.#known(member));
    const assignment = assignTasks(await this.#tasks(cluster), known, this.#options.rules);
    const owners = new Map<TopicPartition, string>();
    for (const { memberId, ownedPartitions } of members) {
      for (const partition of ownedPartitions) owners.set(partition, memberId);
    }
    const lettingGo = new Set<string>();
    const shares = new Map<string, Share>();
    for (const member of known) {
      const { active = [], standby = [], warmUp = [] } = assignment.shares.get(member.memberId) ?? {};
      const withheld = new Set(this.#withheld(member.memberId, active, owners, lettingGo));
      // A copy goes on following its changelog until its task comes.
      const copies = [...withheld].filter(({ name }) => member.standby.includes(name));
      shares.set(member.memberId, {
        given: active.filter((task) => !withheld.has(task)),
        standby: [...standby, ...copies].map(({ name }) => name),
        warmUp: warmUp.map(({ name }) => name),
      });
    }
    return encoded(known, shares, { lettingGo, settled: assignment.settled, version: this.#newest });
  }

  /**
   * The owner that lets go of partitions joins again by itself. But a static member that goes away before, and is back
   * within its session, is given the same assignment again and owns nothing it could let go of: it must ask.
   */
  onAssignment(_: readonly TopicPartition[], userData: Uint8Array | null, { generation }: GroupMetadata): void {
    const data = decodeAssignmentData(userData);
    this.#generation = generation;
    this.#options.onAssigned(data);
    if (data.speakVersion !== null && data.speakVersion < this.#speaks) {
      this.#speaks = data.speakVersion;
      this.askForRound("The leader is older and could not read what this member said.");
    } else if (data.letsGo) this.askForRound("Tasks that were let go wait to be given away.");
  }

  /** Has the group assign again, though its members stay the same. */
  askForRound(reason: string): void {
    this.#askedGeneration = this.#generation;
    this.#options.rejoin(reason);
  }

  #known(subscription: MemberSubscription): KnownMember {
    const { memberId, ownedPartitions, userData } = subscription;
    const running = new Set<string>();
    for (const partition of ownedPartitions) {
      const id = this.#options.plan.taskOf(partition);
      if (id !== undefined) running.add(taskIdText(id));
    }
    const read = decodeMemberData(userData, this.#newest);
    const known = read !== null && "data" in read ? read.data : { ...NOTHING_KNOWN, processId: memberId };
    return { ...known, memberId, running: [...running], newer: read !== null && "newer" in read };
  }

  /** Tasks another member still owns; those owners are added to `lettingGo`. */
  #withheld(
    memberId: string,
    active: readonly PartitionedTask[],
    owners: ReadonlyMap<TopicPartition, string>,
    lettingGo: Set<string>,
  ): readonly PartitionedTask[] {
    if (this.protocol === "eager") return [];
    return active.filter((task) => {
      const before = task.partitions
        .map((partition) => owners.get(partition) ?? memberId)
        .filter((owner) => owner !== memberId);
      for (const owner of before) lettingGo.add(owner);
      return before.length > 0;
    });
  }

  /** Tasks of every sub-topology: as many as the most of its topics have partitions (R1). */
  async #tasks(cluster: ClusterView): Promise<readonly PartitionedTask[]> {
    const { plan, changelogEnds } = this.#options;
    const partitionsOf = new Map<string, { readonly id: TaskId; readonly partitions: TopicPartition[] }>();
    for (const { name: topic, partitions } of cluster.topics.values()) {
      for (let partition = 0; partition < partitions; partition++) {
        const source = tp(topic, partition);
        const id = plan.taskOf(source);
        if (id === undefined) continue;
        const name = taskIdText(id);
        const task = partitionsOf.get(name) ?? { id, partitions: [] };
        partitionsOf.set(name, task);
        task.partitions.push(source);
      }
    }
    const stateful = [...partitionsOf.values()].map(({ id }) => id).filter((id) => plan.isStateful(id.subtopology));
    const ends = stateful.length === 0 ? NO_OFFSETS : await changelogEnds(stateful);
    return [...partitionsOf].map(([name, { id, partitions }]) => ({
      ...{ id, name, subtopology: id.subtopology, partitions },
      stateful: plan.isStateful(id.subtopology),
      endOffsetSum: ends.get(name) ?? null,
    }));
  }
}

function encoded(
  members: readonly KnownMember[],
  shares: ReadonlyMap<string, Share>,
  round: { readonly lettingGo: ReadonlySet<string>; readonly settled: boolean; readonly version: number },
): ReadonlyMap<string, MemberAssignment> {
  const placements = packPlacements(placementsOf(members, shares));
  const assignments = new Map<string, MemberAssignment>();
  const [prober] = members.map(({ memberId }) => memberId).sort();
  for (const { memberId, newer } of members) {
    const { given = [], standby = [], warmUp = [] } = shares.get(memberId) ?? {};
    const letsGo = round.lettingGo.has(memberId);
    const probes = !round.settled && memberId === prober;
    const speakVersion = newer ? round.version : null;
    assignments.set(memberId, {
      partitions: given.flatMap(({ partitions }) => partitions),
      userData: encodeAssignmentData({ letsGo, probes, standby, warmUp, speakVersion }, placements),
    });
  }
  return assignments;
}

/** What the instances hold that can be asked for it, all their members together. */
function placementsOf(
  members: readonly KnownMember[],
  shares: ReadonlyMap<string, Share>,
): readonly InstancePlacement[] {
  const instances = new Map<string, InstancePlacement>();
  for (const { memberId, processId, host } of members) {
    if (host === null) continue;
    const { given = [], standby = [] } = shares.get(memberId) ?? {};
    const others = instances.get(processId);
    instances.set(processId, {
      processId,
      host,
      active: [...(others?.active ?? []), ...given.map(({ name }) => name)],
      standby: [...(others?.standby ?? []), ...standby],
    });
  }
  return [...instances.values()];
}
