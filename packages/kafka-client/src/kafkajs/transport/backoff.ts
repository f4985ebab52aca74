import { sleep, type Environment } from "@millrace/kernel";

export interface BackoffOptions {
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly environment: Environment;
}

/** Pauses that double from `retryBackoffMs` to `retryBackoffMaxMs`, each up to a fifth off so that clients do not call in step. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  failed(): void {
    this.#failures++;
  }

  /** The pause that is due now, in ms: none before the first failure. */
  dueMs(): number {
    if (this.#failures === 0) return 0;
    const { retryBackoffMs, retryBackoffMaxMs, environment } = this.#options;
    const pauseMs = Math.min(retryBackoffMaxMs, retryBackoffMs * 2 ** Math.min(this.#failures - 1, 20));
    return pauseMs * (0.8 + 0.4 * environment.randomness.fraction());
  }

  /** Waits out the pause that is due; rejects with the signal's reason when it aborts. */
  async pause(signal?: AbortSignal): Promise<void> {
    const pauseMs = this.dueMs();
    if (pauseMs > 0) await sleep(this.#options.environment.scheduler, pauseMs, signal);
  }
}
