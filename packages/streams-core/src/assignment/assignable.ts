/** A task to be given to somebody; its name is `<subtopology>_<partition>`. */
export interface AssignableTask {
  readonly name: string;
  readonly subtopology: number;
  /** It has stores with changelogs: moving it costs a restore, and standbys can follow it. */
  readonly stateful: boolean;
  /** Sum of the ends of its changelogs; null: not known now. */
  readonly endOffsetSum: number | null;
}

/** What the leader knows about a member of the group. */
export interface AssignableMember {
  readonly memberId: string;
  /** The process it is part of: members of one process share its state, and fall together. */
  readonly processId: string;
  /** Names of the tasks it owns now. */
  readonly running: readonly string[];
  /** Those of them whose state is still being restored. */
  readonly restoring: readonly string[];
  /** Names of the tasks whose changelogs it follows now. */
  readonly standby: readonly string[];
  /** Tasks with state in its process, and how far: the sum of the offsets its stores have reached. */
  readonly stateOffsets: ReadonlyMap<string, number>;
  /** Where it runs, such as `{ zone: "a" }`: standbys avoid sharing a value of these with the task (KIP-708). */
  readonly tags: Readonly<Record<string, string>>;
}

/** How tasks are to be assigned; the names of Kafka Streams' settings. */
export interface AssignmentRules {
  /** Copies of the state of each task, besides its own. */
  readonly standbyReplicas: number;
  /** Records a copy may lack and still count as caught up. */
  readonly acceptableRecoveryLag: number;
  /** Copies beyond the standbys that may be brought up at one time, in the whole group, so that tasks can move. */
  readonly maxWarmupReplicas: number;
}

/** What one member is to do. */
export interface MemberShare<T extends AssignableTask> {
  readonly active: readonly T[];
  /** Includes those in `warmUp`. */
  readonly standby: readonly T[];
  /** Standbys that are to take their task over once they have caught up. */
  readonly warmUp: readonly T[];
}

/** Who does what. */
export interface TaskAssignment<T extends AssignableTask> {
  /** By member. */
  readonly shares: ReadonlyMap<string, MemberShare<T>>;
  /** False: some task is not where it should be in the end, as its state is not there yet. Assign again later. */
  readonly settled: boolean;
}

/** Sub-topologies in order, and their partitions in order. */
export function compareTasks(a: AssignableTask, b: AssignableTask): number {
  return a.subtopology - b.subtopology || a.name.length - b.name.length || compareText(a.name, b.name);
}

/** By UTF-16 units: the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
