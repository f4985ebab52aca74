import { abortable, sleep, type Environment } from "@millrace/kernel";
import { RetriableError } from "../../port/errors.js";
import { ErrorCode, errorName, isRetriableCode } from "../../protocol/error-codes.js";
import type { Request } from "../../protocol/requests/request.js";
import type { CoordinatorKind, NodeId, Transport } from "../transport/transport.js";
import { brokerError } from "./broker-error.js";

/** The transaction before this one is being ended: a matter of milliseconds. */
const CONCURRENT_PAUSE_MS = 10;
const PAUSE_MIN_MS = 20;
const PAUSE_MAX_MS = 1_000;

interface CoordinatorKey {
  readonly kind: CoordinatorKind;
  readonly key: string;
}

/** A request that is sent until it is answered for good. Sending it again must do no harm. */
export interface CoordinatorCall<T> {
  /** In words: "Committing the transaction t". */
  readonly what: string;
  /** Null: any broker will do. */
  readonly coordinator: CoordinatorKey | null;
  readonly request: Request<T>;
  /** Told when an attempt was not answered: it may be carried out late, even after another one was. */
  readonly unanswered?: () => void;
  /** 0: done. */
  readonly errorCode: (answer: T) => number;
}

export interface CoordinatorCallsOptions {
  /** After so long without an answer for good, RetriableError. */
  readonly timeoutMs: number;
  /** Ends every wait. */
  readonly signal: AbortSignal;
}

/** Finds the coordinator, asks it, and asks again when it has moved, is loading, or the connection breaks. */
export class CoordinatorCalls {
  readonly #transport: Transport;
  readonly #environment: Environment;
  readonly #options: CoordinatorCallsOptions;

  constructor(transport: Transport, environment: Environment, options: CoordinatorCallsOptions) {
    this.#transport = transport;
    this.#environment = environment;
    this.#options = options;
  }

  /** Rejects with the typed error of a final answer, or with RetriableError: then nobody knows whether it was done. */
  async call<T>(call: CoordinatorCall<T>): Promise<T> {
    const { timeoutMs, signal } = this.#options;
    const { clock, scheduler, randomness } = this.#environment;
    const giveUpAtMs = clock.monotonicMs() + timeoutMs;
    for (let attempt = 0; ; attempt++) {
      const outcome = await abortable(this.#attempt(call), signal);
      if (outcome.failure === undefined) return outcome.answer;
      if (clock.monotonicMs() >= giveUpAtMs) {
        throw new RetriableError(
          `${call.what} was not answered within ${timeoutMs} ms; it may have been done. The last trouble: ${outcome.failure}`,
        );
      }
      const pauseMs = outcome.concurrent
        ? CONCURRENT_PAUSE_MS + randomness.fraction() * CONCURRENT_PAUSE_MS
        : Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(attempt, 10));
      await sleep(scheduler, pauseMs, signal);
    }
  }

  async #attempt<T>(call: CoordinatorCall<T>): Promise<Outcome<T>> {
    let answer: T;
    let sent = false;
    try {
      const node = await this.#nodeFor(call.coordinator);
      sent = true;
      answer = await this.#transport.send(node, call.request);
    } catch (error) {
      if (sent) call.unanswered?.();
      if (!(error instanceof RetriableError)) throw error;
      this.#forget(call.coordinator);
      return { failure: error.message, concurrent: false };
    }
    const code = call.errorCode(answer);
    if (code === ErrorCode.NONE) return { answer };
    if (!isRetriableCode(code)) throw brokerError(code, call.what);
    if (code === ErrorCode.NOT_COORDINATOR || code === ErrorCode.COORDINATOR_NOT_AVAILABLE)
      this.#forget(call.coordinator);
    return { failure: errorName(code), concurrent: code === ErrorCode.CONCURRENT_TRANSACTIONS };
  }

  #nodeFor(coordinator: CoordinatorKey | null): Promise<NodeId> {
    if (coordinator === null) return this.#transport.anyNode();
    return this.#transport.coordinator(coordinator.kind, coordinator.key);
  }

  #forget(coordinator: CoordinatorKey | null): void {
    if (coordinator !== null) this.#transport.forgetCoordinator(coordinator.kind, coordinator.key);
  }
}

type Outcome<T> =
  { readonly answer: T; readonly failure?: undefined } | { readonly failure: string; readonly concurrent: boolean };
