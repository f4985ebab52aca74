/** What a program of either side prints as its last line. */
export interface RunResult {
  readonly units: number;
  /** From the app's start until all was processed, committed and closed. */
  readonly elapsedMs: number;
  readonly peakMemoryMb: number;
  /** User and system time of the whole process. */
  readonly cpuMs: number;
}

/** One side of a workload, in two sizes: the difference leaves out starting, joining and closing. */
export interface SideResult {
  readonly small: RunResult;
  readonly large: RunResult;
  readonly steadyPerSecond: number;
  readonly cpuMicrosecondsPerUnit: number;
  readonly peakMemoryMb: number;
}

export function sideResult(small: RunResult, large: RunResult): SideResult {
  const units = large.units - small.units;
  return {
    small,
    large,
    steadyPerSecond: Math.round((units * 1000) / (large.elapsedMs - small.elapsedMs)),
    cpuMicrosecondsPerUnit: Number((((large.cpuMs - small.cpuMs) * 1000) / units).toFixed(2)),
    peakMemoryMb: Math.max(small.peakMemoryMb, large.peakMemoryMb),
  };
}
