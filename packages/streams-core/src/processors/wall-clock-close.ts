import type { Cancellable, NodeContext } from "../model/index.js";

/**
 * Tells when a node has had no input for some time by the wall clock, so that it may close what only later records would
 * close. Deterministic: it fires in a wall-clock punctuation, exactly `closeAfterMs` after the last input where the clock
 * moves in small steps, else at the first look at the clock after that. One per node and task.
 */
export class WallClockClose {
  readonly #context: NodeContext;
  readonly #closeAfterMs: number;
  readonly #close: () => void;
  #lastInputMs: number;
  #schedule: Cancellable | null = null;

  /** Counts from now on, because what an earlier life of the task left open has to close without input too. */
  constructor(context: NodeContext, closeAfterMs: number, close: () => void) {
    this.#context = context;
    this.#closeAfterMs = closeAfterMs;
    this.#close = close;
    this.#lastInputMs = context.currentSystemTimeMs();
    this.#wait(closeAfterMs);
  }

  /** A record came. Its own timestamp does not matter. */
  touch(): void {
    this.#lastInputMs = this.#context.currentSystemTimeMs();
    if (this.#schedule === null) this.#wait(this.#closeAfterMs);
  }

  #wait(intervalMs: number): void {
    this.#schedule = this.#context.schedule({ intervalMs, type: "wall-clock" }, (nowMs) => this.#look(nowMs));
  }

  #look(nowMs: number): void {
    this.#schedule?.cancel();
    this.#schedule = null;
    const leftMs = this.#lastInputMs + this.#closeAfterMs - nowMs;
    if (leftMs > 0) this.#wait(leftMs);
    else this.#close();
  }
}
