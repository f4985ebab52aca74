/**
 * Which tasks have their state open in this process. A task that moves from one worker to another, which the group may
 * have decided without asking the first, is not opened before it is closed (R11). Nobody waits here: whoever does not get
 * a task goes on, hears of the group, and asks again.
 */
export class TaskLocks {
  readonly #held = new Set<string>();

  /** True while somebody has the task. */
  held(taskId: string): boolean {
    return this.#held.has(taskId);
  }

  /** Gives how to let go of it, once; null when somebody has the task. */
  take(taskId: string): (() => void) | null {
    if (this.#held.has(taskId)) return null;
    this.#held.add(taskId);
    let mine = true;
    return () => {
      if (mine) this.#held.delete(taskId);
      mine = false;
    };
  }
}
