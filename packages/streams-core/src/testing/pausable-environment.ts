import type { Environment, Scheduler, Timer } from "@millrace/kernel";

/**
 * The environment of one instance among several: while it is paused, none of its timers and turns come, as if its
 * process had been stopped; a crash is a pause that never ends.
 */
export class PausableEnvironment {
  readonly environment: Environment;
  readonly #scheduler: Scheduler;
  #paused = false;
  #held: (() => void)[] = [];

  constructor(world: Environment) {
    this.#scheduler = world.scheduler;
    const scheduler: Scheduler = {
      after: (delayMs, callback) => this.#after(delayMs, callback),
      yield: () => new Promise((resolve) => this.#after(0, resolve)),
      hold: () => world.scheduler.hold(),
    };
    this.environment = { ...world, scheduler };
  }

  pause(): void {
    this.#paused = true;
  }

  /** What came due during the pause comes now. */
  resume(): void {
    this.#paused = false;
    for (const callback of this.#held.splice(0)) this.#scheduler.after(0, callback);
  }

  #after(delayMs: number, callback: () => void): Timer {
    let cancelled = false;
    const fire = (): void => {
      if (cancelled) return;
      if (this.#paused) this.#held.push(fire);
      else callback();
    };
    const timer = this.#scheduler.after(delayMs, fire);
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }
}
