import { compareTasks, type AssignableTask } from "./assignable.js";
import { lagOf, type ProcessView } from "./process-view.js";

/** The processes a task's state is in, or is to be in. */
interface Placed<T extends AssignableTask> {
  readonly task: T;
  readonly active: ProcessView | null;
  readonly standby: Set<ProcessView>;
}

interface Move<T extends AssignableTask> {
  readonly placed: Placed<T>;
  readonly to: ProcessView;
}

/**
 * Finds processes for the standbys of tasks: never that of the task itself, no two in one process, on other values of
 * the tags where there are any (KIP-708), in proportion to the processes' members. Copies that exist are used first.
 * Gives the tasks of each process; fewer copies where there are too few processes.
 */
export function placeStandbys<T extends AssignableTask>(
  tasks: readonly T[],
  activeOf: ReadonlyMap<string, ProcessView>,
  processes: readonly ProcessView[],
  replicas: number,
): ReadonlyMap<ProcessView, readonly T[]> {
  const placement = new Placement(tasks, activeOf, processes, replicas);
  placement.keepCopies();
  placement.fill();
  placement.level();
  return placement.result();
}

class Placement<T extends AssignableTask> {
  readonly #tasks: readonly Placed<T>[];
  readonly #processes: readonly ProcessView[];
  readonly #replicas: number;
  readonly #held = new Map<ProcessView, Set<Placed<T>>>();
  /** How many tasks of one process have a copy in another. */
  readonly #pairs = new Map<ProcessView, Map<ProcessView, number>>();
  readonly #tagged: boolean;
  readonly #perMember: number;

  constructor(
    tasks: readonly T[],
    activeOf: ReadonlyMap<string, ProcessView>,
    processes: readonly ProcessView[],
    replicas: number,
  ) {
    this.#tasks = [...tasks]
      .sort(compareTasks)
      .map((task) => ({ task, active: activeOf.get(task.name) ?? null, standby: new Set() }));
    this.#processes = processes;
    this.#replicas = Math.max(0, Math.min(replicas, processes.length - 1));
    for (const process of processes) this.#held.set(process, new Set());
    this.#tagged = processes.some(({ tags }) => Object.keys(tags).length > 0);
    const members = processes.reduce((sum, process) => sum + process.members.length, 0);
    this.#perMember = (tasks.length * this.#replicas) / Math.max(1, members);
  }

  keepCopies(): void {
    if (this.#replicas === 0) return;
    const following = new Map(
      this.#processes.map((process) => [process, new Set(process.members.flatMap(({ standby }) => standby))]),
    );
    for (const placed of this.#tasks) {
      const { name } = placed.task;
      const holders = this.#processes
        .filter((process) => following.get(process)?.has(name) === true || process.stateOffsets.has(name))
        .map((process) => ({
          process,
          lag: lagOf(process, placed.task),
          now: following.get(process)?.has(name) === true,
        }))
        .sort((a, b) => Number(b.now) - Number(a.now) || a.lag - b.lag);
      while (placed.standby.size < this.#replicas) {
        // What clashes least changes with each copy placed, so that the first holder may be right after the second.
        const next = holders.find(
          ({ process, now }) => (now || this.#hasRoom(process)) && this.#mayKeep(placed, process),
        );
        if (next === undefined) break;
        this.#put(placed, next.process);
      }
    }
  }

  fill(): void {
    for (const placed of this.#tasks) {
      while (placed.standby.size < this.#replicas) {
        let best: ProcessView | null = null;
        for (const process of this.#processes) {
          if (!this.#mayHold(placed, process)) continue;
          if (best === null || this.#compare(placed, process, best) < 0) best = process;
        }
        if (best === null) break;
        this.#put(placed, best);
      }
    }
  }

  /** Moves copies from who has most to who has least while that evens them out. */
  level(): void {
    const lowest = [...this.#processes];
    while (lowest.length > 1) {
      lowest.sort((a, b) => this.#relativeLoad(a) - this.#relativeLoad(b));
      const [to] = lowest;
      if (to === undefined) return;
      if (!this.#takeOne(to)) lowest.shift();
    }
  }

  result(): ReadonlyMap<ProcessView, readonly T[]> {
    return new Map([...this.#held].map(([process, held]) => [process, [...held].map(({ task }) => task)]));
  }

  /** Gives `to` one copy more, of somebody who has too many: through others, where none of his may go there himself. */
  #takeOne(to: ProcessView): boolean {
    const after = (this.#loadOf(to) + 1) / to.members.length;
    const givers = this.#processes
      .filter((process) => process !== to)
      .sort((a, b) => this.#relativeLoad(b) - this.#relativeLoad(a));
    const isDonor = (process: ProcessView): boolean => (this.#loadOf(process) - 1) / process.members.length >= after;
    if (!givers.some(isDonor)) return false;
    const moves = new Map<ProcessView, Move<T>>();
    const reached = [to];
    for (const next of reached) {
      for (const from of givers) {
        if (moves.has(from)) continue;
        const placed = this.#movable(from, next);
        if (placed === null) continue;
        moves.set(from, { placed, to: next });
        if (isDonor(from)) return this.#moveAlong(moves, from);
        reached.push(from);
      }
    }
    return false;
  }

  #movable(from: ProcessView, to: ProcessView): Placed<T> | null {
    for (const placed of this.#held.get(from) ?? []) {
      if (this.#mayHold(placed, to) && this.#clashes(placed, to, from) <= this.#clashes(placed, from, from))
        return placed;
    }
    return null;
  }

  #moveAlong(moves: ReadonlyMap<ProcessView, Move<T>>, donor: ProcessView): true {
    let from = donor;
    for (let move = moves.get(from); move !== undefined; move = moves.get(from)) {
      move.placed.standby.delete(from);
      this.#pair(move.placed, from, -1);
      this.#held.get(from)?.delete(move.placed);
      this.#put(move.placed, move.to);
      from = move.to;
    }
    return true;
  }

  #put(placed: Placed<T>, process: ProcessView): void {
    placed.standby.add(process);
    this.#held.get(process)?.add(placed);
    this.#pair(placed, process, 1);
  }

  #pair({ active }: Placed<T>, process: ProcessView, change: 1 | -1): void {
    if (active === null) return;
    const copies = this.#pairs.get(active) ?? new Map<ProcessView, number>();
    this.#pairs.set(active, copies.set(process, (copies.get(process) ?? 0) + change));
  }

  #pairsOf({ active }: Placed<T>, process: ProcessView): number {
    return active === null ? 0 : (this.#pairs.get(active)?.get(process) ?? 0);
  }

  #mayHold({ active, standby }: Placed<T>, process: ProcessView): boolean {
    return process !== active && !standby.has(process);
  }

  #loadOf(process: ProcessView): number {
    return this.#held.get(process)?.size ?? 0;
  }

  #relativeLoad(process: ProcessView): number {
    return this.#loadOf(process) / process.members.length;
  }

  /** Last, who has fewest copies of that process' tasks: when it goes, many take a few of them over. */
  #compare(placed: Placed<T>, a: ProcessView, b: ProcessView): number {
    return (
      this.#clashes(placed, a) - this.#clashes(placed, b) ||
      this.#relativeLoad(a) - this.#relativeLoad(b) ||
      this.#pairsOf(placed, a) - this.#pairsOf(placed, b)
    );
  }

  #hasRoom(process: ProcessView): boolean {
    return this.#loadOf(process) < Math.ceil(this.#perMember * process.members.length);
  }

  #mayKeep(placed: Placed<T>, process: ProcessView): boolean {
    if (!this.#mayHold(placed, process)) return false;
    if (!this.#tagged) return true;
    const clashes = this.#clashes(placed, process);
    return !this.#processes.some((other) => this.#mayHold(placed, other) && this.#clashes(placed, other) < clashes);
  }

  /** Tags of which a process shares a value with the others that have the task's state, `without` left out. */
  #clashes({ active, standby }: Placed<T>, process: ProcessView, without?: ProcessView): number {
    if (!this.#tagged) return 0;
    const others = [active, ...standby].filter((other) => other !== null && other !== without && other !== process);
    const tags = Object.entries(process.tags);
    return tags.filter(([tag, value]) => others.some((other) => other?.tags[tag] === value)).length;
  }
}
