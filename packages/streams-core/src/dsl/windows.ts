import {
  InvalidArgumentError,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type UnlimitedWindows,
} from "../model/index.js";

/** How long windows take late records: until stream time reaches their end plus this. */
export interface GraceOptions {
  /** Milliseconds, default 0. */
  readonly graceMs?: number;
}

/** Windows that follow each other without gap or overlap. */
export interface TumblingOptions extends GraceOptions {
  readonly sizeMs: number;
}

/** Windows of a size that begin every `advanceMs`, so that a record falls into several. */
export interface HoppingOptions extends TumblingOptions {
  /** At least 1 and at most `sizeMs`. */
  readonly advanceMs: number;
}

/** Windows that look back from each record, and forward from it as far as others follow. */
export interface SlidingOptions extends GraceOptions {
  /** The most that two records of a window may be apart; 0 or more. */
  readonly timeDifferenceMs: number;
}

/** Windows as long as records keep coming. */
export interface SessionOptions extends GraceOptions {
  /** The longest time between two records of a session, itself included; 0 or more. */
  readonly inactivityGapMs: number;
}

/** One window that never ends. */
export interface UnlimitedOptions {
  /** Records before it belong to no window. Default 0. */
  readonly startMs?: number;
}

function requireTime(what: string, timeMs: number, leastMs: number): void {
  if (Number.isSafeInteger(timeMs) && timeMs >= leastMs) return;
  throw new InvalidArgumentError(
    `${what} is ${timeMs}, it must be a whole number of milliseconds of at least ${leastMs}.`,
  );
}

/**
 * Says which records belong together in time, for `windowedBy`. Each throws InvalidArgumentError for times that are
 * negative, fractions, or make no window.
 */
export const windows = Object.freeze({
  /**
   * Windows [start, start + size), aligned to the epoch.
   *
   * ```text
   * sizeMs 10   record at  3      9      14
   *             window    [0,10) [0,10) [10,20)
   * ```
   */
  tumbling({ sizeMs, graceMs = 0 }: TumblingOptions): TimeWindows {
    return windows.hopping({ sizeMs, advanceMs: sizeMs, graceMs });
  },

  /**
   * Windows [start, start + size) that begin at each multiple of `advanceMs`, none before 0.
   *
   * ```text
   * sizeMs 10, advanceMs 5   record at  3      7              12
   *                          windows   [0,10) [0,10) [5,15)  [5,15) [10,20)
   * ```
   */
  hopping({ sizeMs, advanceMs, graceMs = 0 }: HoppingOptions): TimeWindows {
    requireTime("Window size", sizeMs, 1);
    requireTime("Window advance", advanceMs, 1);
    requireTime("Grace", graceMs, 0);
    if (advanceMs > sizeMs) {
      throw new InvalidArgumentError(
        `Windows of ${sizeMs} ms that advance by ${advanceMs} ms would miss records: advance by the size or less.`,
      );
    }
    return Object.freeze({ kind: "time", sizeMs, advanceMs, graceMs });
  },

  /**
   * For each record the window [ts - difference, ts], both ends inclusive, and [ts + 1, ts + 1 + difference] where a
   * later record falls into it. Windows without records are never made (W3).
   *
   * ```text
   * timeDifferenceMs 10   record at  20       25
   *                       windows   [10,20]  [15,25] with both, [21,31] with the second
   * ```
   */
  sliding({ timeDifferenceMs, graceMs = 0 }: SlidingOptions): SlidingWindows {
    requireTime("Time difference", timeDifferenceMs, 0);
    requireTime("Grace", graceMs, 0);
    return Object.freeze({ kind: "sliding", timeDifferenceMs, graceMs });
  },

  /**
   * Sessions from their first record to their last, both inclusive. A record closer than the gap to two sessions makes
   * them one (W4).
   *
   * ```text
   * inactivityGapMs 5   record at  10       20       15
   *                     sessions  [10,10]  [20,20]  [10,20], the two before it are deleted
   * ```
   */
  session({ inactivityGapMs, graceMs = 0 }: SessionOptions): SessionWindows {
    requireTime("Inactivity gap", inactivityGapMs, 0);
    requireTime("Grace", graceMs, 0);
    return Object.freeze({ kind: "session", inactivityGapMs, graceMs });
  },

  /** One window from `startMs` on. It never closes; records before it belong to none. */
  unlimited({ startMs = 0 }: UnlimitedOptions = {}): UnlimitedWindows {
    requireTime("Window start", startMs, 0);
    return Object.freeze({ kind: "unlimited", startMs });
  },
});
