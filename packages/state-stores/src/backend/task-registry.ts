import type { Counter, Environment } from "@millrace/kernel";

import type { TaskState } from "../contract/index.js";
import { StateClosedError, StateMisuseError } from "../errors.js";
import type { TaskStateOwner } from "../task/task-state-owner.js";

const TASK_ID = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** The open tasks of one backend: a task is open at most once, and none after the backend has closed. */
export class TaskRegistry implements TaskStateOwner {
  readonly #open = new Map<string, TaskState | null>();
  readonly #leaked: Counter;
  #closed = false;

  constructor(environment: Environment) {
    this.#leaked = environment.metrics.counter("state-stores", "iterators-leaked", {});
  }

  /** Opens a task that is not open, holding its name while `make` makes its state. */
  async open(taskId: string, make: () => Promise<TaskState>): Promise<TaskState> {
    this.#reserve(taskId);
    try {
      const state = await make();
      this.#open.set(taskId, state);
      if (!this.#closed) return state;
      await state.close();
      throw new StateClosedError("The state backend");
    } catch (error) {
      this.#open.delete(taskId);
      throw error;
    }
  }

  /** Deletes the state of a task that is not open, holding its name while `remove` runs. */
  async remove(taskId: string, remove: () => Promise<void>): Promise<void> {
    this.#reserve(taskId);
    try {
      await remove();
    } finally {
      this.#open.delete(taskId);
    }
  }

  assertOpen(): void {
    if (this.#closed) throw new StateClosedError("The state backend");
  }

  closed(taskId: string, leakedIterators: number): void {
    this.#open.delete(taskId);
    if (leakedIterators > 0) this.#leaked.add(leakedIterators);
  }

  /** Refuses new tasks and closes those that are open. */
  async closeAll(): Promise<void> {
    this.#closed = true;
    for (const state of [...this.#open.values()]) await state?.close();
  }

  #reserve(taskId: string): void {
    this.assertOpen();
    if (!TASK_ID.test(taskId)) {
      throw new StateMisuseError(`"${taskId}" is not a task id. Use letters, digits, "_", "-" and ".", such as 0_3.`);
    }
    if (this.#open.has(taskId)) throw new StateMisuseError(`State of task ${taskId} is open already. Close it first.`);
    this.#open.set(taskId, null);
  }
}
