import { Deferred } from "@millrace/kernel";

/**
 * Which tasks have their state open in this process. A task that moves from one worker to another, which the group may
 * have decided without asking the first, is not opened before it is closed (R11). To wait for each other for ever, two
 * workers would have to open tasks before closing what the group took from them: close first.
 */
export class TaskLocks {
  readonly #held = new Map<string, Deferred<void>>();

  /** True while somebody has the task. */
  held(taskId: string): boolean {
    return this.#held.has(taskId);
  }

  /** Waits until nobody has the task. Gives how to let go of it; a second call does nothing. */
  async lock(taskId: string): Promise<() => void> {
    for (let held = this.#held.get(taskId); held !== undefined; held = this.#held.get(taskId)) await held.promise;
    const mine = new Deferred<void>();
    this.#held.set(taskId, mine);
    return () => {
      if (mine.settled) return;
      this.#held.delete(taskId);
      mine.resolve();
    };
  }
}
