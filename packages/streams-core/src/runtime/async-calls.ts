import { Deferred, type Scheduler } from "@millrace/kernel";
import type { AsyncWork } from "../model/index.js";

/** What goes on in a task besides its turns: the calls of its asynchronous operators. */
export class AsyncCalls implements AsyncWork {
  readonly scheduler: Scheduler;
  /** Records whose results have not gone downstream. */
  pending = 0;
  /** Calls that have not settled. */
  running = 0;
  /** Operators that are as busy as they may be. */
  busy = 0;
  /** Whether any operator of the task works so. */
  used = false;
  /** Told that there are results to deliver, outside of the task's turns. */
  onResult: (() => void) | null = null;
  private deliveries: (() => void)[] = [];
  private waiting: Deferred<void> | null = null;

  constructor(scheduler: Scheduler) {
    this.scheduler = scheduler;
  }

  /** Whether `deliver` has something to do. */
  get ready(): boolean {
    return this.deliveries.length > 0;
  }

  addPending(change: 1 | -1): void {
    this.pending += change;
  }

  addCalls(change: 1 | -1): void {
    this.running += change;
    if (change < 0) this.wake();
  }

  addBusy(change: 1 | -1): void {
    this.busy += change;
  }

  deliverSoon(deliver: () => void): void {
    this.deliveries.push(deliver);
    this.wake();
    this.onResult?.();
  }

  /** Lets operators forward their results. */
  deliver(): void {
    const { deliveries } = this;
    this.deliveries = [];
    for (const deliver of deliveries) deliver();
  }

  /** Resolves when a call settles or a result is ready. */
  changed(): Promise<void> {
    this.waiting ??= new Deferred<void>();
    return this.waiting.promise;
  }

  /** Forgets everything: the operators have been closed. Who waits is woken. */
  clear(): void {
    this.deliveries = [];
    this.pending = 0;
    this.running = 0;
    this.busy = 0;
    this.wake();
  }

  private wake(): void {
    this.waiting?.resolve();
    this.waiting = null;
  }
}
