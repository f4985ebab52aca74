/** Requests that may be on their way to one broker: one halves the rate, and more than five it would not recognise as doubles. */
const REQUESTS_MAX = 5;
const PAUSE_MIN_MS = 50;
const PAUSE_MAX_MS = 1_000;

/** What the sender knows of one broker. */
export class BrokerLine {
  #requests = 0;
  #failures = 0;
  #pausedUntilMs = 0;

  /** When it may be sent to next, by the monotonic clock; Infinity: when something is answered. */
  openAtMs(): number {
    return this.#requests >= REQUESTS_MAX ? Infinity : this.#pausedUntilMs;
  }

  sent(): void {
    this.#requests++;
  }

  answered(): void {
    this.#requests--;
    this.#failures = 0;
  }

  /** The connection broke: after several in a row it is left alone for longer. */
  broken(nowMs: number): void {
    this.#requests--;
    if (this.#pausedUntilMs > nowMs) return;
    this.#pausedUntilMs = nowMs + Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** this.#failures++);
  }
}
