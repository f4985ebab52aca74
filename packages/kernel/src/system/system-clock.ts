import type { Clock } from "../clock.js";

/** The machine's clocks: `Date.now` and `performance.now`. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
