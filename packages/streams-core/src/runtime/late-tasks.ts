import { RetriableError } from "@millrace/kafka-client";
import type { Clock } from "@millrace/kernel";
import { retryDelayMs } from "./patience.js";
import { TaskTimeoutError } from "./worker-errors.js";
import type { WorkerTask } from "./worker-task.js";

interface Lateness {
  readonly sinceMs: number;
  readonly failures: number;
  readonly dueMs: number;
}

/** Tasks whose preparation is tried again later, while others go on (R4). */
export class LateTasks {
  readonly #clock: Clock;
  readonly #taskTimeoutMs: number;
  readonly #late = new Map<WorkerTask, Lateness>();

  constructor(clock: Clock, taskTimeoutMs: number) {
    this.#clock = clock;
    this.#taskTimeoutMs = taskTimeoutMs;
  }

  /** True when a task waits for another try. */
  get waiting(): boolean {
    return this.#late.size > 0;
  }

  /** Tries to prepare `tasks`: puts off those whose cluster does not answer. Throws TaskTimeoutError when that has gone on too long. */
  async tryToPrepare(tasks: readonly WorkerTask[], prepare: () => Promise<void>): Promise<void> {
    try {
      await prepare();
      this.forget(tasks);
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      for (const task of tasks) this.#putOff(task, error);
    }
  }

  /** Those that are to be tried again now. */
  due(): readonly WorkerTask[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#late].filter(([, { dueMs }]) => dueMs <= nowMs).map(([task]) => task);
  }

  /** They have gone, or start over. */
  forget(tasks: readonly WorkerTask[]): void {
    for (const task of tasks) this.#late.delete(task);
  }

  #putOff(task: WorkerTask, error: RetriableError): void {
    const nowMs = this.#clock.monotonicMs();
    const before = this.#late.get(task);
    const failures = (before?.failures ?? 0) + 1;
    const sinceMs = before?.sinceMs ?? nowMs;
    if (nowMs - sinceMs >= this.#taskTimeoutMs) {
      this.#late.delete(task);
      throw new TaskTimeoutError(`Task ${task.name}`, this.#taskTimeoutMs, error);
    }
    this.#late.set(task, { sinceMs, failures, dueMs: nowMs + retryDelayMs(failures) });
  }
}
