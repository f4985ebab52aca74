import type { Scheduler, Timer } from "@millrace/kernel";

/** Lets one caller wait for a signal or for time to pass. A signal given while nobody waits ends the next wait. */
export class Waiter {
  readonly #scheduler: Scheduler;
  #signalled = false;
  #resume: (() => void) | null = null;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  signal(): void {
    if (this.#resume === null) this.#signalled = true;
    else this.#resume();
  }

  /** Resolves at the next signal, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    if (this.#signalled) {
      this.#signalled = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      // Somebody awaits this: the process must not end in between for want of other work.
      const hold = this.#scheduler.hold();
      const timer: Timer = this.#scheduler.after(timeoutMs, () => this.#resume?.());
      this.#resume = () => {
        this.#resume = null;
        timer.cancel();
        hold.cancel();
        resolve();
      };
    });
  }
}
