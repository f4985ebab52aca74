import {
  GroupProtocolError,
  MemberLostError,
  ProducerFencedError,
  RebalanceInProgressError,
  RetriableError,
  TransactionAbortableError,
} from "@millrace/kafka-client";
import type { Clock } from "@millrace/kernel";
import { retryDelayMs } from "./patience.js";
import { RecoveryLimitError, TaskTimeoutError } from "./worker-errors.js";

const START_OVERS_MAX = 10;

/**
 * How often a worker may start over. What the cluster may get over by itself is tried again for a time (R4), everything
 * else a number of times; a commit ends the series.
 */
export class WorkerRecovery {
  readonly #clock: Clock;
  readonly #taskTimeoutMs: number;
  #failures = 0;
  #startOvers = 0;
  #lastFailureMs = -Infinity;
  #retryingSinceMs: number | null = null;

  constructor(clock: Clock, taskTimeoutMs: number) {
    this.#clock = clock;
    this.#taskTimeoutMs = taskTimeoutMs;
  }

  /** Notes a failure. Throws RecoveryLimitError when it is one too many, TaskTimeoutError when the time is over. */
  failed(error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lastFailureMs > this.#taskTimeoutMs + retryDelayMs(this.#failures)) this.committed();
    this.#lastFailureMs = nowMs;
    this.#failures++;
    if (!(error instanceof RetriableError)) {
      if (++this.#startOvers > START_OVERS_MAX) throw new RecoveryLimitError(START_OVERS_MAX, error);
      return;
    }
    this.#retryingSinceMs ??= nowMs;
    if (nowMs - this.#retryingSinceMs >= this.#taskTimeoutMs) {
      this.#retryingSinceMs = null;
      throw new TaskTimeoutError("The tasks of a worker", this.#taskTimeoutMs, error);
    }
  }

  /** How long to wait before starting over; the first time not at all. */
  get delayMs(): number {
    return this.#failures < 2 ? 0 : retryDelayMs(this.#failures);
  }

  /** A commit went well: what fails later is a new matter. */
  committed(): void {
    this.#failures = 0;
    this.#startOvers = 0;
    this.#retryingSinceMs = null;
  }
}

/** Failures that a roll-back and a new start from the last commit repair. */
export function isRecoverable(error: unknown): boolean {
  return (
    error instanceof RebalanceInProgressError ||
    error instanceof GroupProtocolError ||
    error instanceof MemberLostError ||
    error instanceof ProducerFencedError ||
    error instanceof TransactionAbortableError ||
    error instanceof RetriableError
  );
}
