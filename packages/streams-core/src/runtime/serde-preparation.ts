import { RetriableError } from "@millrace/kafka-client";
import type { Clock } from "@millrace/kernel";
import { retryDelayMs } from "./patience.js";
import type { StreamTask } from "./stream-task.js";
import { TaskTimeoutError } from "./worker-errors.js";
import type { WorkerTask } from "./worker-task.js";

/** What a task may wait for. */
interface Readiness {
  readonly prepare: () => Promise<void>;
  /** It is there. */
  readonly goOn: () => void;
}

/** A task that waits for a serde, and how it goes. */
interface Wait extends Readiness {
  readonly core: StreamTask;
  readonly sinceMs: number;
  failures: number;
  dueMs: number;
  /** Undefined while it is on its way. */
  outcome: { readonly error: unknown } | "prepared" | undefined;
}

export interface SerdePreparationOptions {
  readonly clock: Clock;
  readonly taskTimeoutMs: number;
  /** Makes rows readable that others may have written into the stores of a sub-topology. */
  readonly openStores: (subtopology: number) => Promise<void>;
  /** Runs a task whose stores were opened. */
  readonly run: (task: WorkerTask) => void;
  /** Hears when it is worth calling `step`. */
  readonly onSettled: () => void;
}

/**
 * Lets a task wait for its serdes while the other tasks go on (R4): one that is restored, for the rows that others wrote
 * into its stores, and one that runs, for its next record.
 */
export class SerdePreparation {
  readonly #options: SerdePreparationOptions;
  readonly #waits = new Map<WorkerTask, Wait>();

  constructor(options: SerdePreparationOptions) {
    this.#options = options;
  }

  /** Begins, goes on, or ends each task's wait. Throws TaskTimeoutError, and what preparing failed with for good. */
  step(tasks: readonly WorkerTask[]): void {
    for (const task of this.#waits.keys()) if (!tasks.includes(task)) this.#waits.delete(task);
    for (const task of tasks) {
      const { core } = task;
      if (task.waitsForStores) this.#wait(task, this.#opened);
      else if (core.unprepared !== null) this.#wait(task, recordRead);
      else if (this.#waits.size > 0) this.#waits.delete(task);
    }
  }

  readonly #opened = (task: WorkerTask): Readiness => ({
    prepare: () => this.#options.openStores(task.id.subtopology),
    goOn: () => this.#options.run(task),
  });

  #wait(task: WorkerTask, what: (task: WorkerTask) => Readiness): void {
    const known = this.#waits.get(task);
    const { core } = task;
    if (known?.core !== core) {
      const nowMs = this.#options.clock.monotonicMs();
      const wait = { ...what(task), core, sinceMs: nowMs, failures: 0, dueMs: nowMs, outcome: undefined };
      this.#waits.set(task, wait);
      this.#prepare(wait);
    } else if (known.outcome === "prepared") {
      this.#waits.delete(task);
      known.goOn();
    } else if (known.outcome !== undefined) {
      this.#failed(task, known, known.outcome.error);
    }
  }

  #failed(task: WorkerTask, wait: Wait, error: unknown): void {
    const { clock, taskTimeoutMs } = this.#options;
    const nowMs = clock.monotonicMs();
    const isPassing = error instanceof RetriableError;
    if (isPassing && nowMs - wait.sinceMs < taskTimeoutMs) {
      if (nowMs >= wait.dueMs) this.#prepare(wait);
      return;
    }
    this.#waits.delete(task);
    throw isPassing ? new TaskTimeoutError(`Task ${task.name}`, taskTimeoutMs, error) : error;
  }

  #prepare(wait: Wait): void {
    const { clock, onSettled } = this.#options;
    wait.outcome = undefined;
    const settle = (outcome: Wait["outcome"]): void => {
      wait.dueMs = clock.monotonicMs() + retryDelayMs(++wait.failures);
      wait.outcome = outcome;
      onSettled();
    };
    wait.prepare().then(
      () => settle("prepared"),
      (error: unknown) => settle({ error }),
    );
  }
}

const recordRead = ({ core }: WorkerTask): Readiness => ({
  prepare: () => core.unprepared!.prepareSerde(),
  goOn: () => core.readUnprepared(),
});
