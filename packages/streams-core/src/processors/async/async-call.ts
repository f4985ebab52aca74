import type { Timer } from "@millrace/kernel";
import type { AsyncWork } from "../../model/index.js";
import type { AsyncSettings } from "./async-options.js";
import { AsyncTimeoutError } from "./async-timeout-error.js";

/** What a call needs, and where its end is told. */
export interface AsyncCallParts<R> {
  readonly nodeName: string;
  readonly settings: AsyncSettings;
  readonly work: AsyncWork;
  /** One try. May throw. */
  invoke(signal: AbortSignal): PromiseLike<R> | R;
  /** Called once, unless the call is cancelled, never from within `start`. */
  ended(result: R | undefined, error: unknown, failed: boolean): void;
}

/** A call of the user's for one record, with its time limit and its further tries. */
export class AsyncCall<R> {
  readonly #parts: AsyncCallParts<R>;
  #tries = 0;
  #timer: Timer | null = null;
  #abort: AbortController | null = null;

  constructor(parts: AsyncCallParts<R>) {
    this.#parts = parts;
  }

  start(): void {
    const { settings, work, nodeName } = this.#parts;
    const number = ++this.#tries;
    const abort = new AbortController();
    this.#abort = abort;
    work.addCalls(1);
    this.#timer = work.scheduler.after(settings.timeoutMs, () => {
      this.#failed(number, abort, new AsyncTimeoutError(nodeName, settings.timeoutMs));
    });
    this.#invoke(abort.signal).then(
      (result) => this.#succeeded(abort, result),
      (error: unknown) => this.#failed(number, abort, error),
    );
  }

  /** No further tries; what the one in progress gives is ignored, and its signal aborts. */
  cancel(): void {
    this.#settle();
  }

  /** Also what is thrown before there is a promise ends the try. */
  async #invoke(signal: AbortSignal): Promise<R> {
    return this.#parts.invoke(signal);
  }

  #succeeded(abort: AbortController, result: R): void {
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#settle();
    this.#parts.work.addCalls(-1);
    this.#parts.ended(result, null, false);
  }

  #failed(number: number, abort: AbortController, error: unknown): void {
    if (this.#abort !== abort) return;
    const { settings, work, ended } = this.#parts;
    this.#settle(error);
    work.addCalls(-1);
    if (number > settings.retriesMax) return ended(undefined, error, true);
    const backOffMs = Math.min(settings.backOffMs * 2 ** (number - 1), settings.maxBackOffMs);
    this.#timer = work.scheduler.after(backOffMs, () => this.start());
  }

  #settle(reason?: unknown): void {
    this.#timer?.cancel();
    this.#timer = null;
    const abort = this.#abort;
    this.#abort = null;
    abort?.abort(reason);
  }
}
