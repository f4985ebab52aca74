import type { Environment, Timer } from "@millrace/kernel";
import { StateMisuseError } from "@millrace/state-stores";
import type { StateBackends } from "../runtime/worker-states.js";

export interface StateCleanerOptions {
  readonly backends: StateBackends;
  /** Tasks with state here; those that are deleted are taken out. */
  readonly stateOffsets: Map<string, number>;
  readonly environment: Environment;
  /** State that nobody has had open for so long is deleted. */
  readonly delayMs: number;
}

const TASK_NAME = /^\d+_\d+$/u;
/** How many times it looks within the delay. */
const LOOKS = 4;
const SHORTEST_INTERVAL_MS = 1_000;

/** Deletes the state of tasks that have gone to other instances and not come back (R11). */
export class StateCleaner {
  readonly #options: StateCleanerOptions;
  /** Since when each task's state has been seen unused, on the monotonic clock. */
  readonly #unusedSinceMs = new Map<string, number>();
  #timer: Timer | null = null;
  #cleaning: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: StateCleanerOptions) {
    this.#options = options;
  }

  start(): void {
    const { environment, delayMs } = this.#options;
    const intervalMs = Math.max(SHORTEST_INTERVAL_MS, delayMs / LOOKS);
    this.#timer = environment.scheduler.after(intervalMs, () => {
      this.#cleaning = this.#clean().then(() => {
        if (!this.#stopped) this.start();
      });
    });
  }

  /** Waits for a deletion in progress. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#cleaning;
  }

  async #clean(): Promise<void> {
    const { backends, environment } = this.#options;
    try {
      const names = new Set([...(await backends.main.tasks()), ...(await backends.memory.tasks())]);
      for (const name of names) if (TASK_NAME.test(name) && !this.#stopped) await this.#cleanTask(name);
    } catch (error) {
      environment.logger.warn("The state of tasks that have gone could not be deleted.", { error });
    }
  }

  async #cleanTask(name: string): Promise<void> {
    const { backends, stateOffsets, environment, delayMs } = this.#options;
    if (backends.locks.held(name)) {
      this.#unusedSinceMs.delete(name);
      return;
    }
    const nowMs = environment.clock.monotonicMs();
    const sinceMs = this.#unusedSinceMs.get(name) ?? nowMs;
    this.#unusedSinceMs.set(name, sinceMs);
    if (nowMs - sinceMs < delayMs) return;
    const unlock = backends.locks.take(name);
    if (unlock === null) return;
    try {
      await backends.main.remove(name);
      if (backends.memory !== backends.main) await backends.memory.remove(name);
      stateOffsets.delete(name);
      this.#unusedSinceMs.delete(name);
      environment.logger.info("State of a task that runs elsewhere was deleted.", { task: name });
    } catch (error) {
      if (!(error instanceof StateMisuseError)) throw error;
    } finally {
      unlock();
    }
  }
}
