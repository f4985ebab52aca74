/** Windows of a fixed size: tumbling when they advance by their size, hopping when by less. */
export interface TimeWindows {
  readonly kind: "time";
  readonly sizeMs: number;
  readonly advanceMs: number;
  readonly graceMs: number;
}

/** A window for each set of records at most `timeDifferenceMs` apart, both ends inclusive (W3). */
export interface SlidingWindows {
  readonly kind: "sliding";
  readonly timeDifferenceMs: number;
  readonly graceMs: number;
}

/** Windows of activity, closed by a gap (W4). */
export interface SessionWindows {
  readonly kind: "session";
  readonly inactivityGapMs: number;
  readonly graceMs: number;
}

/** One window from `startMs` on, for ever. */
export interface UnlimitedWindows {
  readonly kind: "unlimited";
  readonly startMs: number;
}

/** Which records of two streams meet: those with the same key and `other.ts` in [ts - before, ts + after] (J1). */
export interface JoinWindows {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
}
