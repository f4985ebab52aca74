import type { Clock } from "../clock.js";

/** Time that stands still until a test moves it. */
export class VirtualClock implements Clock {
  #monotonicMs = 0;
  #wallOffsetMs: number;

  constructor(startMs = 0) {
    this.#wallOffsetMs = startMs;
  }

  nowMs(): number {
    return this.#monotonicMs + this.#wallOffsetMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  /** Moves both clocks to the moment when the monotonic one shows `monotonicMs`; an earlier moment changes nothing. */
  moveTo(monotonicMs: number): void {
    this.#monotonicMs = Math.max(this.#monotonicMs, monotonicMs);
  }

  /** Sets the wall clock forward, or back when negative, as an operator or NTP would. Timers do not notice. */
  jumpWallClock(ms: number): void {
    this.#wallOffsetMs += ms;
  }
}
