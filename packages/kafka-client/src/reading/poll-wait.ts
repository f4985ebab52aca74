import type { Environment } from "@millrace/kernel";
import type { FetchedPartition } from "../port/records.js";
import { Breather } from "./breather.js";
import { Waiter } from "./waiter.js";

/** What polls wait with: woken up by whoever has something for them, and never starving the event loop. */
export class PollWait {
  readonly #environment: Environment;
  readonly #waiter: Waiter;
  readonly #breather: Breather;
  #woken = false;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#waiter = new Waiter(environment.scheduler);
    this.#breather = new Breather(environment);
  }

  /** There may be something to collect. */
  signal(): void {
    this.#waiter.signal();
  }

  /** Ends a poll in progress, or the next one. */
  wakeup(): void {
    this.#woken = true;
    this.#waiter.signal();
  }

  /** Whether a poll that has collected `fetched` is over; else it has waited for more, and is to collect again. */
  async over(fetched: readonly FetchedPartition[], deadlineMs: number): Promise<boolean> {
    if (fetched.length > 0 || this.#woken) {
      this.#woken = false;
      if (this.#breather.due) await this.#breather.breathe();
      return true;
    }
    const leftMs = deadlineMs - this.#environment.clock.monotonicMs();
    if (leftMs > 0) await this.#waiter.wait(leftMs);
    else await this.#breather.breathe();
    return leftMs <= 0;
  }
}
