/** What the leader knows about a member of the group. */
export interface AssignableMember {
  readonly memberId: string;
  /** Names of the tasks it runs now. */
  readonly running: readonly string[];
  /** Tasks with state on its disk, and how far: the sum of the offsets its stores have reached. */
  readonly stateOffsets: ReadonlyMap<string, number>;
}

/** A task to be given to somebody; its name is `<subtopology>_<partition>`. */
export interface AssignableTask {
  readonly name: string;
  readonly subtopology: number;
}

/**
 * Gives every task to one member; the members' shares differ by one task at most. As few running tasks move as that
 * allows. A task that must move goes to the member whose copy of its state has come furthest, else to where its
 * sub-topology has fewest tasks. The same input gives the same answer, whatever its order. Throws nothing; without
 * members the answer is empty.
 */
export function assignTasks<T extends AssignableTask>(
  tasks: readonly T[],
  members: readonly AssignableMember[],
): ReadonlyMap<string, readonly T[]> {
  const shares = new Shares(tasks, members);
  shares.keepRunning();
  shares.followState();
  shares.spreadRest();
  return shares.result();
}

class Share<T extends AssignableTask> {
  readonly member: AssignableMember;
  readonly tasks: T[] = [];

  constructor(member: AssignableMember) {
    this.member = member;
  }

  countOf(subtopology: number): number {
    return this.tasks.reduce((count, task) => (task.subtopology === subtopology ? count + 1 : count), 0);
  }
}

class Shares<T extends AssignableTask> {
  readonly #shares: readonly Share<T>[];
  readonly #open: Map<string, T>;
  readonly #least: number;
  /** How many members still may get one task more than `#least`. */
  #extra: number;

  constructor(tasks: readonly T[], members: readonly AssignableMember[]) {
    const sorted = [...tasks].sort((a, b) => a.subtopology - b.subtopology || compareNames(a, b));
    this.#open = new Map(sorted.map((task) => [task.name, task]));
    this.#shares = [...members]
      .sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
      .map((member) => new Share<T>(member));
    this.#least = Math.floor(this.#open.size / Math.max(1, members.length));
    this.#extra = this.#open.size % Math.max(1, members.length);
  }

  keepRunning(): void {
    for (const share of this.#shares) {
      const { running, stateOffsets } = share.member;
      // Those with most state first: if not all can stay, the cheap ones move.
      const byState = [...running].sort(
        (a, b) => (stateOffsets.get(b) ?? -1) - (stateOffsets.get(a) ?? -1) || (a < b ? -1 : 1),
      );
      for (const name of byState) this.#give(name, share);
    }
  }

  followState(): void {
    for (const name of [...this.#open.keys()]) {
      const holders = this.#shares
        .filter((share) => share.member.stateOffsets.has(name))
        .sort((a, b) => b.member.stateOffsets.get(name)! - a.member.stateOffsets.get(name)!);
      for (const holder of holders) this.#give(name, holder);
    }
  }

  spreadRest(): void {
    for (const task of [...this.#open.values()]) {
      const candidates = this.#shares.filter((share) => this.#hasRoom(share));
      const [first] = candidates.sort(
        (a, b) => a.countOf(task.subtopology) - b.countOf(task.subtopology) || a.tasks.length - b.tasks.length,
      );
      if (first !== undefined) this.#give(task.name, first);
    }
  }

  result(): ReadonlyMap<string, readonly T[]> {
    return new Map(this.#shares.map((share) => [share.member.memberId, share.tasks]));
  }

  #hasRoom(share: Share<T>): boolean {
    return share.tasks.length < this.#least || (share.tasks.length === this.#least && this.#extra > 0);
  }

  #give(name: string, share: Share<T>): void {
    const task = this.#open.get(name);
    if (task === undefined || !this.#hasRoom(share)) return;
    if (share.tasks.length === this.#least) this.#extra--;
    share.tasks.push(task);
    this.#open.delete(name);
  }
}

function compareNames(a: AssignableTask, b: AssignableTask): number {
  return a.name.length - b.name.length || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}
