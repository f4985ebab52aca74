import type { Scheduler } from "@millrace/kernel";

/** Says when what has gathered in batches is to go: a moment after the first record, one timer for all partitions. */
export class Linger {
  readonly #scheduler: Scheduler;
  readonly #lingerMs: number;
  readonly #onOver: () => void;
  #begun = false;

  /** `lingerMs` 0: in the next turn of the event loop. */
  constructor(scheduler: Scheduler, lingerMs: number, onOver: () => void) {
    this.#scheduler = scheduler;
    this.#lingerMs = lingerMs;
    this.#onOver = onOver;
  }

  /** Nothing new while one is under way. */
  begin(): void {
    if (!this.#begun) this.#begin();
  }

  #begin(): void {
    this.#begun = true;
    if (this.#lingerMs === 0) void this.#scheduler.yield().then(() => this.#over());
    else this.#scheduler.after(this.#lingerMs, () => this.#over());
  }

  #over(): void {
    this.#begun = false;
    this.#onOver();
  }
}
