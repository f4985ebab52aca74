import { compareTasks, compareText, type AssignableMember, type AssignableTask } from "./assignable.js";
import { lagOf, type ProcessView } from "./process-view.js";

/** The tasks of one member, as they are handed out. */
class Share<T extends AssignableTask> {
  readonly member: AssignableMember;
  readonly process: ProcessView;
  readonly tasks: T[] = [];
  readonly #bySubtopology = new Map<number, number>();

  constructor(member: AssignableMember, process: ProcessView) {
    this.member = member;
    this.process = process;
  }

  add(task: T): void {
    this.tasks.push(task);
    this.#bySubtopology.set(task.subtopology, this.countOf(task.subtopology) + 1);
  }

  countOf(subtopology: number): number {
    return this.#bySubtopology.get(subtopology) ?? 0;
  }
}

/**
 * Where every task should be in the end: members' shares differ by one task at most, and so do those of the tasks with
 * state alone. As few running tasks move as that allows; a task that must move stays in its process if there is room,
 * goes to the process whose copy of its state has come furthest, or to where its sub-topology has fewest tasks.
 */
export function balancedShares<T extends AssignableTask>(
  tasks: readonly T[],
  processes: readonly ProcessView[],
): ReadonlyMap<string, readonly T[]> {
  const shares = processes
    .flatMap((process) => process.members.map((member) => new Share<T>(member, process)))
    .sort((a, b) => compareText(a.member.memberId, b.member.memberId));
  const sorted = [...tasks].sort(compareTasks);
  const stateful = sorted.filter((task) => task.stateful);
  new Balance(shares, stateful, processes).handOut();
  new Balance(
    shares,
    sorted.filter((task) => !task.stateful),
    processes,
  ).handOut();
  return new Map(shares.map((share) => [share.member.memberId, share.tasks]));
}

/** Hands tasks out on top of what the members have already. */
class Balance<T extends AssignableTask> {
  readonly #shares: readonly Share<T>[];
  readonly #processes: readonly ProcessView[];
  readonly #open: Map<string, T>;
  readonly #least: number;
  /** How many members still may get one task more than `#least`. */
  #extra: number;

  constructor(shares: readonly Share<T>[], tasks: readonly T[], processes: readonly ProcessView[]) {
    this.#shares = shares;
    this.#processes = processes;
    this.#open = new Map(tasks.map((task) => [task.name, task]));
    const total = tasks.length + shares.reduce((sum, share) => sum + share.tasks.length, 0);
    this.#least = Math.floor(total / Math.max(1, shares.length));
    this.#extra =
      (total % Math.max(1, shares.length)) - shares.filter(({ tasks: own }) => own.length > this.#least).length;
  }

  handOut(): void {
    this.#keepRunning();
    this.#stayInProcess();
    this.#followState();
    this.#spreadRest();
  }

  #keepRunning(): void {
    for (const share of this.#shares) {
      const { running, stateOffsets } = share.member;
      const known = running.filter((name) => this.#open.has(name));
      const wanted = known.length > this.#least ? this.#lagElsewhere(known, share.process) : new Map<string, number>();
      // Those are kept first that nobody else could go on with, then those with most state.
      const order = (a: string, b: string): number =>
        (wanted.get(b) ?? 0) - (wanted.get(a) ?? 0) ||
        (stateOffsets.get(b) ?? -1) - (stateOffsets.get(a) ?? -1) ||
        compareText(a, b);
      for (const name of known.sort(order)) this.#give(name, share);
    }
  }

  /** What the best of the other processes would have to restore. */
  #lagElsewhere(names: readonly string[], own: ProcessView): Map<string, number> {
    const lags = new Map<string, number>();
    for (const name of names) {
      const task = this.#open.get(name);
      if (task === undefined) continue;
      let least = Number.MAX_SAFE_INTEGER;
      for (const process of this.#processes) if (process !== own) least = Math.min(least, lagOf(process, task));
      lags.set(name, least);
    }
    return lags;
  }

  #stayInProcess(): void {
    for (const share of this.#shares) {
      if (share.process.members.length === 1) continue;
      for (const name of [...share.process.running].sort(compareText)) this.#give(name, share);
    }
  }

  #followState(): void {
    for (const task of [...this.#open.values()]) {
      const holders = this.#shares
        .filter(({ process }) => process.stateOffsets.has(task.name))
        .sort((a, b) => (b.process.stateOffsets.get(task.name) ?? 0) - (a.process.stateOffsets.get(task.name) ?? 0));
      for (const holder of holders) this.#give(task.name, holder);
    }
  }

  #spreadRest(): void {
    for (const task of [...this.#open.values()]) {
      let best: Share<T> | null = null;
      for (const share of this.#shares) {
        if (this.#hasRoom(share) && (best === null || isBetter(share, best, task))) best = share;
      }
      if (best !== null) this.#give(task.name, best);
    }
  }

  #hasRoom(share: Share<T>): boolean {
    return share.tasks.length < this.#least || (share.tasks.length === this.#least && this.#extra > 0);
  }

  #give(name: string, share: Share<T>): void {
    const task = this.#open.get(name);
    if (task === undefined || !this.#hasRoom(share)) return;
    if (share.tasks.length === this.#least) this.#extra--;
    share.add(task);
    this.#open.delete(name);
  }
}

function isBetter<T extends AssignableTask>(share: Share<T>, than: Share<T>, task: T): boolean {
  const here = share.countOf(task.subtopology) - than.countOf(task.subtopology);
  return here < 0 || (here === 0 && share.tasks.length < than.tasks.length);
}
