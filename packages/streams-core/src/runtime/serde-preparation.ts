import { RetriableError } from "@millrace/kafka-client";
import type { Clock } from "@millrace/kernel";
import { retryDelayMs } from "./patience.js";
import type { StreamTask } from "./stream-task.js";
import { TaskTimeoutError } from "./worker-errors.js";
import type { WorkerTask } from "./worker-task.js";

/** A task that waits for a serde, and how it goes. */
interface Wait {
  readonly core: StreamTask;
  readonly sinceMs: number;
  failures: number;
  dueMs: number;
  /** Undefined while it is on its way. */
  outcome: { readonly error: unknown } | "prepared" | undefined;
}

/** Lets a task whose next record cannot be read yet wait until its serde is prepared, while the other tasks go on (R4). */
export class SerdePreparation {
  readonly #clock: Clock;
  readonly #taskTimeoutMs: number;
  readonly #onSettled: () => void;
  readonly #waits = new Map<WorkerTask, Wait>();

  /** `onSettled` hears when it is worth calling `step`. */
  constructor(clock: Clock, taskTimeoutMs: number, onSettled: () => void) {
    this.#clock = clock;
    this.#taskTimeoutMs = taskTimeoutMs;
    this.#onSettled = onSettled;
  }

  /** Begins, goes on, or ends each task's wait. Throws TaskTimeoutError, and what preparing failed with for good. */
  step(tasks: readonly WorkerTask[]): void {
    for (const task of tasks) {
      if (task.core.unprepared !== null) this.#wait(task, task.core);
      else if (this.#waits.size > 0) this.#waits.delete(task);
    }
  }

  #wait(task: WorkerTask, core: StreamTask): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#waits.get(task);
    const wait = known?.core === core ? known : { core, sinceMs: nowMs, failures: 0, dueMs: nowMs, outcome: undefined };
    if (wait !== known) {
      this.#waits.set(task, wait);
      this.#prepare(wait);
    } else if (wait.outcome === "prepared") {
      this.#waits.delete(task);
      core.readUnprepared();
    } else if (wait.outcome !== undefined) {
      this.#failed(task, wait, wait.outcome.error);
    }
  }

  #failed(task: WorkerTask, wait: Wait, error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    const isPassing = error instanceof RetriableError;
    if (isPassing && nowMs - wait.sinceMs < this.#taskTimeoutMs) {
      if (nowMs >= wait.dueMs) this.#prepare(wait);
      return;
    }
    this.#waits.delete(task);
    throw isPassing ? new TaskTimeoutError(`Task ${task.name}`, this.#taskTimeoutMs, error) : error;
  }

  #prepare(wait: Wait): void {
    wait.outcome = undefined;
    const settle = (outcome: Wait["outcome"]): void => {
      wait.dueMs = this.#clock.monotonicMs() + retryDelayMs(++wait.failures);
      wait.outcome = outcome;
      this.#onSettled();
    };
    wait.core.unprepared!.prepareSerde().then(
      () => settle("prepared"),
      (error: unknown) => settle({ error }),
    );
  }
}
