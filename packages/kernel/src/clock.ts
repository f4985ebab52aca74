/** Where time comes from. Injected everywhere, so that tests and the simulator decide what time it is. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch. May jump backwards. */
  nowMs(): number;
  /** Milliseconds since an arbitrary start, never going backwards. */
  monotonicMs(): number;
}
