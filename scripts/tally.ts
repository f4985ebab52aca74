/** How many things were tried and how they ended. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What a tier of the test suite found, and what to show when something failed. */
export interface TierResult {
  readonly tally: Tally;
  readonly details: string;
  /** A figure worth seeing in a green run too. */
  readonly note?: string;
}

/** The tally of nothing. */
export const NOTHING: Tally = { passed: 0, failed: 0, skipped: 0 };

/** One failure that no test stands for, such as a runner that did not start. */
export const ONE_FAILURE: Tally = { passed: 0, failed: 1, skipped: 0 };

/** Both together. */
export function add(left: Tally, right: Tally): Tally {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  };
}

/** The tally as every summary line and the closing line print it. */
export function format(tally: Tally): string {
  return `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`;
}

/** Reads a tally back from the last line of a runner's output that has the shape of {@link format}; undefined without one. */
export function parse(output: string): Tally | undefined {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed, (\d+) skipped/gu)].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3]) };
}
