import type { StateBackend, StateStamp, TaskState } from "@millrace/state-stores";
import { StateCorruptedError } from "@millrace/state-stores";
import type { Environment } from "@millrace/kernel";
import type { TaskLocks } from "./task-locks.js";

/** Where tasks keep their state: what the app was told to use, and the heap for stores that ask for it. */
export interface StateBackends {
  readonly main: StateBackend;
  /** The same object as `main` when that is the heap already. */
  readonly memory: StateBackend;
  readonly locks: TaskLocks;
}

/** Key of a changelog partition in `TaskState.offsets()`. */
export function changelogKey(topic: string, partition: number): string {
  return `${topic}-${partition}`;
}

interface LoggedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly state: TaskState;
}

/** The states of one task: one, or two when some of its stores live on the heap beside a database. */
export class WorkerStates {
  readonly main: TaskState;
  readonly memory: TaskState;
  readonly #unlock: () => void;
  #logged: readonly LoggedPartition[] = [];

  private constructor(main: TaskState, memory: TaskState, unlock: () => void) {
    this.main = main;
    this.memory = memory;
    this.#unlock = unlock;
  }

  /**
   * Opens both; a damaged database is removed, to be restored from its changelogs. Null while another worker of this
   * process has the task open.
   */
  static async open(backends: StateBackends, taskId: string, environment: Environment): Promise<WorkerStates | null> {
    const unlock = backends.locks.take(taskId);
    if (unlock === null) return null;
    try {
      const main = await openOrReplace(backends.main, taskId, environment);
      const memory = backends.memory === backends.main ? main : await backends.memory.open(taskId);
      return new WorkerStates(main, memory, unlock);
    } catch (error) {
      unlock();
      throw error;
    }
  }

  get all(): readonly TaskState[] {
    return this.main === this.memory ? [this.main] : [this.main, this.memory];
  }

  get overlayBytes(): number {
    return this.main === this.memory ? this.main.overlayBytes : this.main.overlayBytes + this.memory.overlayBytes;
  }

  /** How far the stores have come: the sum of their changelog offsets. */
  get offsetSum(): number {
    let sum = 0;
    for (const state of this.all) for (const offset of state.offsets().values()) sum += offset;
    return sum;
  }

  /** Tells which changelog partitions the states' offsets are about. */
  logged(partitions: readonly LoggedPartition[]): void {
    this.#logged = partitions;
  }

  freeze(): void {
    for (const state of this.all) state.freeze();
  }

  /** One batch a state: frozen rows, stamp, and the offsets `offsetOf` knows of its changelogs. */
  async commitFrozen(
    offsetOf: (topic: string, partition: number) => number | undefined,
    stamp: StateStamp,
  ): Promise<void> {
    for (const state of this.all) {
      const offsets = new Map<string, number>();
      for (const logged of this.#logged) {
        if (logged.state !== state) continue;
        const offset = offsetOf(logged.topic, logged.partition);
        if (offset !== undefined) offsets.set(changelogKey(logged.topic, logged.partition), offset);
      }
      const notes = state.stamp()?.notes;
      await state.commitFrozen(offsets, notes === undefined ? stamp : { ...stamp, notes });
    }
  }

  discard(): void {
    for (const state of this.all) state.discard();
  }

  async spill(): Promise<void> {
    for (const state of this.all) await state.spill();
  }

  async close(): Promise<void> {
    try {
      await Promise.all(this.all.map((state) => state.close()));
    } finally {
      this.#unlock();
    }
  }
}

async function openOrReplace(backend: StateBackend, taskId: string, environment: Environment): Promise<TaskState> {
  try {
    return await backend.open(taskId);
  } catch (error) {
    if (!(error instanceof StateCorruptedError)) throw error;
    environment.logger.warn("The state of a task is damaged; it is deleted and restored from the changelog.", {
      taskId,
      error,
    });
    await backend.remove(taskId);
    return backend.open(taskId);
  }
}
