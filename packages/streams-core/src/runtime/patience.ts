import { RetriableError } from "@millrace/kafka-client";
import { abortable, sleep, type Environment } from "@millrace/kernel";

const FIRST_DELAY_MS = 100;
const DELAY_MAX_MS = 2_000;
const LOG_INTERVAL_MS = 10_000;

/** How long to wait after failure number `failures`, from 1. */
export function retryDelayMs(failures: number): number {
  return Math.min(DELAY_MAX_MS, FIRST_DELAY_MS * 2 ** (failures - 1));
}

/** Waits for a cluster that does not answer, until it does or `signal` ends it. Says so, at most every ten seconds. */
export class Patience {
  readonly #environment: Environment;
  readonly #signal: AbortSignal;
  #loggedAtMs = -Infinity;

  constructor(environment: Environment, signal: AbortSignal) {
    this.#environment = environment;
    this.#signal = signal;
  }

  /** Tries until it succeeds or fails for good. Rejects with the signal's reason when that ends it. */
  async until<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 1; ; failures++) {
      try {
        return await abortable(attempt(), this.#signal);
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
        this.complain(what, error);
      }
      await this.pause(retryDelayMs(failures));
    }
  }

  /** Says that something failed and is tried again, unless it said so lately. */
  complain(what: string, error: unknown): void {
    const { clock, logger } = this.#environment;
    const nowMs = clock.monotonicMs();
    if (nowMs - this.#loggedAtMs < LOG_INTERVAL_MS) return;
    this.#loggedAtMs = nowMs;
    logger.warn(`${what} failed and is tried again.`, { error });
  }

  /** Rejects with the signal's reason when that ends it early. */
  pause(ms: number): Promise<void> {
    return sleep(this.#environment.scheduler, ms, this.#signal);
  }
}
