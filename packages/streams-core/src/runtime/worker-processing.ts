import type { Clock } from "@millrace/kernel";
import type { WorkerMeasures } from "./worker-measures.js";
import type { ProducerCollector } from "./producer-collector.js";
import type { TaskManager } from "./task-manager.js";

/** Processing goes on for this long before other work of the event loop gets its turn. */
const BUDGET_MS = 10;
/** Records a task processes before the next one has its turn, and the clock is looked at. */
const RECORDS_PER_SLICE = 256;

/** Lets the tasks of a worker process what is buffered, in turns of a bounded length. */
export class WorkerProcessing {
  readonly #tasks: TaskManager;
  readonly #collector: ProducerCollector;
  readonly #clock: Clock;
  readonly #measures: WorkerMeasures;
  /** While true nothing is processed and no punctuator fires (R6). */
  paused = false;

  constructor(tasks: TaskManager, collector: ProducerCollector, clock: Clock, measures: WorkerMeasures) {
    this.#tasks = tasks;
    this.#collector = collector;
    this.#clock = clock;
    this.#measures = measures;
  }

  /** Processes what is buffered, task by task, until all is done or the budget is used up; fires punctuators. Gives the number of records. */
  run(): number {
    if (this.paused) return 0;
    const clock = this.#clock;
    const startMs = clock.monotonicMs();
    const endMs = startMs + BUDGET_MS;
    let total = 0;
    let taken = 0;
    do {
      taken = 0;
      for (const { running, core } of this.#tasks.tasks) if (running) taken += core.process(RECORDS_PER_SLICE);
      total += taken;
    } while (taken > 0 && this.#collector.failure === null && clock.monotonicMs() < endMs);
    if (total > 0) this.#measures.processed(total, startMs);
    const nowMs = clock.nowMs();
    for (const { running, core } of this.#tasks.tasks) {
      if (running && core.nextWallClockMs() <= nowMs) core.punctuateWallClock(nowMs);
    }
    return total;
  }

  /** How long there is nothing to do if no record comes: until a punctuator is due, but at most `mostMs`. */
  idleMs(mostMs: number): number {
    if (this.paused) return mostMs;
    const nowMs = this.#clock.nowMs();
    const monotonicMs = this.#clock.monotonicMs();
    let idleMs = mostMs;
    for (const { running, core } of this.#tasks.tasks) {
      if (!running) continue;
      if (core.resultsReady) return 0;
      idleMs = Math.min(idleMs, core.nextWallClockMs() - nowMs, core.idleUntilMs - monotonicMs);
    }
    return Math.max(0, idleMs);
  }

  /** Something waits to be committed. */
  get commitNeeded(): boolean {
    return this.#tasks.tasks.some(({ running, core }) => running && core.commitNeeded);
  }

  /** A processor asked for a commit. */
  get commitRequested(): boolean {
    return this.#tasks.tasks.some(({ running, core }) => running && core.commitRequested);
  }
}
