import type { Verdict } from "./checking/verdict.js";

/** How many scenarios passed, failed and were skipped. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

export function newTally(): Tally {
  return { passed: 0, failed: 0, skipped: 0 };
}

export function tallyText({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Counts by family, and skips by word. */
export class Tallies {
  readonly all = newTally();
  readonly families = new Map<string, Tally>();
  readonly skips = new Map<string, number>();

  add(family: string, verdict: Verdict): void {
    const tally = this.families.get(family) ?? newTally();
    this.families.set(family, tally);
    tally[verdict.kind]++;
    this.all[verdict.kind]++;
    if (verdict.kind !== "skipped") return;
    for (const word of verdict.words) this.skips.set(word, (this.skips.get(word) ?? 0) + 1);
  }
}
