import type { Verdict } from "./checking/verdict.js";

/** How many scenarios passed and failed. */
export interface Tally {
  passed: number;
  failed: number;
}

export function newTally(): Tally {
  return { passed: 0, failed: 0 };
}

/** None is ever skipped; the closing lines of all tiers have the same form. */
export function tallyText({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed, 0 skipped`;
}

/** Counts, of all scenarios and by family. */
export class Tallies {
  readonly all = newTally();
  readonly families = new Map<string, Tally>();

  add(family: string, verdict: Verdict): void {
    const tally = this.families.get(family) ?? newTally();
    this.families.set(family, tally);
    tally[verdict.kind]++;
    this.all[verdict.kind]++;
  }
}
