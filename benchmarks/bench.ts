/** One workload: what the library does, and the same work written by hand as a baseline of the same run. */
export interface Bench {
  readonly name: string;
  /** What a rate counts, e.g. `records` or `words`. */
  readonly unit: string;
  /** Records of a full run; `--scale` changes it. */
  readonly records: number;
  /** What the issue or architecture asks for, per second; undefined where nothing is asked. */
  readonly goalPerSecond?: number;
  /** Does the work with the library; gives the time it took and how many units that were. */
  run(records: number): Promise<Timing>;
  /** The same result by a plain loop: no log, no store, no topology. Of a restore: reading the log and no more. */
  baseline(records: number): Timing | Promise<Timing>;
}

export interface Timing {
  readonly units: number;
  readonly elapsedMs: number;
}

export interface BenchResult {
  readonly name: string;
  readonly unit: string;
  readonly records: number;
  readonly perSecond: number;
  readonly baselinePerSecond: number;
  /** Ours over the hand-written loop. */
  readonly ratio: number;
  readonly goalPerSecond: number | null;
  readonly peakMemoryMb: number;
}

export function timed(units: number, work: () => void): Timing {
  const start = performance.now();
  work();
  return { units, elapsedMs: performance.now() - start };
}

export function perSecond(timing: Timing): number {
  return Math.round((timing.units * 1000) / timing.elapsedMs);
}
