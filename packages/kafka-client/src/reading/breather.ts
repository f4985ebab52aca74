import type { Environment } from "@millrace/kernel";

/** Consumers that always find data give the event loop back this often. */
const BUSY_MS_MAX = 10;
const BUSY_POLLS_MAX = 256;

/** Makes sure that polling in a loop cannot starve timers and I/O: promises alone would. */
export class Breather {
  readonly #environment: Environment;
  #lastMs: number;
  #polls = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#lastMs = environment.clock.monotonicMs();
  }

  /** Yields a macrotask now. */
  async breathe(): Promise<void> {
    await this.#environment.scheduler.yield();
    this.#lastMs = this.#environment.clock.monotonicMs();
    this.#polls = 0;
  }

  /** True when a macrotask is due. */
  get due(): boolean {
    return ++this.#polls > BUSY_POLLS_MAX || this.#environment.clock.monotonicMs() - this.#lastMs > BUSY_MS_MAX;
  }
}
