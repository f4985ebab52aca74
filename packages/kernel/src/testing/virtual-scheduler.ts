import { MillraceError } from "../errors.js";
import type { Randomness } from "../randomness.js";
import type { Scheduler, Timer } from "../scheduler.js";
import { systemScheduler } from "../system/system-scheduler.js";
import { TaskHeap, type ScheduledTask } from "./task-heap.js";
import type { VirtualClock } from "./virtual-clock.js";

/** `runUntil` cannot get there: nothing is scheduled, or the limit was reached. */
export class VirtualTimeStuckError extends MillraceError {
  readonly code = "MILLRACE_VIRTUAL_TIME_STUCK";
}

/** Settings of `VirtualScheduler`. */
export interface VirtualSchedulerOptions {
  /** Set: the next task is drawn among those that are due. Unset: tasks run in (time, insertion) order. */
  readonly choice?: Randomness;
}

/** Limits of `runUntil`. */
export interface RunLimits {
  /** Virtual time that may pass. Default one hour. */
  readonly maxMs?: number;
}

const DEFAULT_MAX_MS = 3_600_000;
/** Turns of the real event loop given to real I/O when nothing is scheduled, before giving up. */
const IDLE_TURNS_MAX = 2_000;

/**
 * Time and tasks under a test's control: nothing runs until the test lets time pass, and then one task at a time, all
 * promise reactions of a task before the next one.
 */
export class VirtualScheduler implements Scheduler {
  readonly #clock: VirtualClock;
  readonly #choice: Randomness | undefined;
  readonly #waiting = new TaskHeap();
  /** Tasks whose time has come, in order. */
  readonly #due: ScheduledTask[] = [];
  #sequence = 0;
  #holds = 0;

  constructor(clock: VirtualClock, options: VirtualSchedulerOptions = {}) {
    this.#clock = clock;
    this.#choice = options.choice;
  }

  after(delayMs: number, callback: () => void): Timer {
    const dueMs = this.#clock.monotonicMs() + Math.max(0, delayMs);
    const task: ScheduledTask = { dueMs, sequence: this.#sequence++, cancelled: false, run: callback };
    this.#waiting.push(task);
    return {
      cancel: () => {
        task.cancelled = true;
      },
    };
  }

  yield(): Promise<void> {
    return new Promise((resolve) => this.after(0, resolve));
  }

  hold(): Timer {
    this.#holds++;
    let held = true;
    return {
      cancel: () => {
        if (held) this.#holds--;
        held = false;
      },
    };
  }

  /** Holds not cancelled: on the real scheduler the process would stay alive. */
  get holds(): number {
    return this.#holds;
  }

  /** Delay until the next task, 0 when one is due, Infinity when none is scheduled. */
  nextDelayMs(): number {
    this.#dropCancelled();
    if (this.#due.length > 0) return 0;
    const next = this.#waiting.peek();
    return next === undefined ? Infinity : Math.max(0, next.dueMs - this.#clock.monotonicMs());
  }

  /** Lets all promise reactions that are ready run. No virtual time passes, no task runs. */
  settle(): Promise<void> {
    return systemScheduler.yield();
  }

  /** Lets `ms` milliseconds pass and runs what becomes due. A task that throws ends it with its error. */
  async advanceBy(ms: number): Promise<void> {
    const endMs = this.#clock.monotonicMs() + ms;
    await this.settle();
    while (await this.#step(endMs));
    this.#clock.moveTo(endMs);
  }

  /** Lets time pass, from task to task, until `predicate` holds. Throws VirtualTimeStuckError when it cannot. */
  async runUntil(predicate: () => boolean, limits: RunLimits = {}): Promise<void> {
    const { maxMs = DEFAULT_MAX_MS } = limits;
    const endMs = this.#clock.monotonicMs() + maxMs;
    let idleTurns = 0;
    await this.settle();
    while (!predicate()) {
      if (await this.#step(endMs)) idleTurns = 0;
      else if (this.nextDelayMs() !== Infinity) throw stuck(`is still not true after ${maxMs} virtual ms; raise maxMs`);
      else if (++idleTurns > IDLE_TURNS_MAX) throw stuck("can no longer become true: nothing is scheduled any more");
      else await this.settle();
    }
  }

  /** Runs one task that is due by `endMs`; false when there is none. */
  async #step(endMs: number): Promise<boolean> {
    const task = this.#take(endMs);
    if (task === undefined) return false;
    task.run();
    await this.settle();
    return true;
  }

  #take(endMs: number): ScheduledTask | undefined {
    const delayMs = this.nextDelayMs();
    const atMs = this.#clock.monotonicMs() + delayMs;
    if (atMs > endMs) return undefined;
    this.#clock.moveTo(atMs);
    const waiting = this.#waiting;
    while (waiting.size > 0 && waiting.peek()!.dueMs <= atMs) {
      const task = waiting.pop()!;
      if (!task.cancelled) this.#due.push(task);
    }
    const index = this.#choice === undefined ? 0 : this.#choice.uint32() % this.#due.length;
    return this.#due.splice(index, 1)[0];
  }

  #dropCancelled(): void {
    while (this.#waiting.peek()?.cancelled) this.#waiting.pop();
    const due = this.#due;
    for (let i = due.length - 1; i >= 0; i--) if (due[i]!.cancelled) due.splice(i, 1);
  }
}

function stuck(what: string): VirtualTimeStuckError {
  return new VirtualTimeStuckError(`The awaited condition ${what}.`);
}
