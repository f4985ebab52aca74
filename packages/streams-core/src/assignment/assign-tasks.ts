import {
  compareTasks,
  compareText,
  type AssignableMember,
  type AssignableTask,
  type AssignmentRules,
  type MemberShare,
  type TaskAssignment,
} from "./assignable.js";
import { balancedShares } from "./balanced-shares.js";
import { lagOf, processesOf, type ProcessView } from "./process-view.js";
import { placeStandbys } from "./standby-placement.js";

/** A task that is to move, and cannot yet: its state is not where it goes. */
interface Waiting<T extends AssignableTask> {
  readonly task: T;
  readonly from: ProcessView;
  readonly to: ProcessView;
  readonly toMember: string;
}

interface MutableShare<T extends AssignableTask> {
  readonly active: T[];
  readonly standby: T[];
  readonly warmUp: T[];
}

/**
 * Assigns tasks and their standbys to the members of a group as KIP-441 has it: the aim is a balance by which as few
 * running tasks move as possible, but a task with state moves only to a process that has caught up with it. Until then
 * it stays where its state is most complete, and a warm-up copy is brought up where it is to go. Repeated as copies
 * catch up, that ends in the balance. The same input gives the same answer, whatever its order. Throws nothing; without
 * members the answer is empty.
 */
export function assignTasks<T extends AssignableTask>(
  tasks: readonly T[],
  members: readonly AssignableMember[],
  rules: AssignmentRules,
): TaskAssignment<T> {
  const assignment = new Assignment<T>(processesOf(members), rules);
  assignment.giveActive(tasks);
  const waiting = assignment.waiting;
  assignment.giveStandbys(tasks.filter(({ stateful }) => stateful));
  assignment.warmUp();
  return { shares: assignment.shares, settled: waiting.length === 0 };
}

class Assignment<T extends AssignableTask> {
  readonly shares: Map<string, MutableShare<T>>;
  readonly waiting: Waiting<T>[] = [];
  readonly #processes: readonly ProcessView[];
  readonly #rules: AssignmentRules;
  readonly #activeOf = new Map<string, ProcessView>();

  constructor(processes: readonly ProcessView[], rules: AssignmentRules) {
    this.#processes = processes;
    this.#rules = rules;
    const ids = processes.flatMap((process) => process.members.map(({ memberId }) => memberId)).sort(compareText);
    this.shares = new Map(ids.map((id) => [id, { active: [], standby: [], warmUp: [] }]));
  }

  giveActive(tasks: readonly T[]): void {
    const processOf = new Map(this.#processes.flatMap((each) => each.members.map(({ memberId }) => [memberId, each])));
    const delayed: Waiting<T>[] = [];
    for (const [memberId, share] of balancedShares(tasks, this.#processes)) {
      const to = processOf.get(memberId);
      if (to === undefined) continue;
      for (const task of share) {
        const from: ProcessView = this.#mayGoTo(to, task) ? to : this.#mostComplete(task, to);
        this.#activeOf.set(task.name, from);
        if (from === to) this.shares.get(memberId)?.active.push(task);
        else delayed.push({ task, from, to, toMember: memberId });
      }
    }
    for (const item of delayed.sort((a, b) => compareTasks(a.task, b.task))) {
      this.#ownerIn(item.from, item.task)?.active.push(item.task);
      this.waiting.push(item);
    }
  }

  giveStandbys(tasks: readonly T[]): void {
    const placed = placeStandbys(tasks, this.#activeOf, this.#processes, this.#rules.standbyReplicas);
    for (const [process, held] of placed) {
      const fair = Math.ceil(held.length / process.members.length);
      const rest: T[] = [];
      for (const task of [...held].sort(compareTasks)) {
        const now = process.members.find(({ standby }) => standby.includes(task.name));
        const share = now === undefined ? undefined : this.shares.get(now.memberId);
        if (share !== undefined && share.standby.length < fair) share.standby.push(task);
        else rest.push(task);
      }
      for (const task of rest) this.#leastBusy(process)?.standby.push(task);
    }
  }

  /** Those nearest to their ends first, so that what has begun is finished. */
  warmUp(): void {
    let left = this.#rules.maxWarmupReplicas;
    const inOrder = [...this.waiting].sort(
      (a, b) => lagOf(a.to, a.task) - lagOf(b.to, b.task) || compareTasks(a.task, b.task),
    );
    for (const { task, to, toMember } of inOrder) {
      const standing = to.members.find(({ memberId }) => this.shares.get(memberId)?.standby.includes(task));
      const share = this.shares.get(standing?.memberId ?? toMember);
      if (standing === undefined && left-- <= 0) continue;
      if (standing === undefined) share?.standby.push(task);
      share?.warmUp.push(task);
    }
  }

  #mayGoTo(process: ProcessView, task: T): boolean {
    return !task.stateful || lagOf(process, task) <= this.#rules.acceptableRecoveryLag;
  }

  /** The process that would restore least of the task; `other` unless one is truly nearer. */
  #mostComplete(task: T, other: ProcessView): ProcessView {
    let best = other;
    let least = lagOf(other, task);
    for (const process of this.#processes) {
      const lag = lagOf(process, task);
      if (lag < least) [best, least] = [process, lag];
    }
    return best;
  }

  #ownerIn(process: ProcessView, task: T): MutableShare<T> | undefined {
    const owner = process.members.find(({ running }) => running.includes(task.name));
    return owner === undefined ? this.#leastBusy(process) : this.shares.get(owner.memberId);
  }

  #leastBusy(process: ProcessView): MutableShare<T> | undefined {
    const shares = process.members.flatMap(({ memberId }) => this.shares.get(memberId) ?? []);
    const [first] = shares.sort((a, b) => sizeOf(a) - sizeOf(b));
    return first;
  }
}

function sizeOf<T extends AssignableTask>({ active, standby }: MemberShare<T>): number {
  return active.length + standby.length;
}
