import type { ResourceSample } from "./resource-sample.fixture.js";

/** What a process under steady load holds at the end beyond what it held once it was warm. */
export interface ResourceGrowth {
  /** By the straight line that fits the samples best. */
  readonly rssBytesPerMinute: number;
  readonly heapBytesPerMinute: number;
  readonly bufferBytesPerMinute: number;
  /** Of each kind that is under way, how many more there are as a rule in the last third than in the first. */
  readonly handles: Readonly<Record<string, number>>;
  readonly listeners: number;
}

const MINUTE_MS = 60_000;

/** Compares samples of a warm process, in order of time; at least three. */
export function resourceGrowth(samples: readonly ResourceSample[]): ResourceGrowth {
  const third = Math.floor(samples.length / 3);
  const first = samples.slice(0, third);
  const last = samples.slice(-third);
  const more = (of: (sample: ResourceSample) => number) => median(last.map(of)) - median(first.map(of));
  const kinds = new Set(samples.flatMap(({ handles }) => Object.keys(handles)));
  return {
    rssBytesPerMinute: slope(samples, ({ rssBytes }) => rssBytes) * MINUTE_MS,
    heapBytesPerMinute: slope(samples, ({ heapBytes }) => heapBytes) * MINUTE_MS,
    bufferBytesPerMinute: slope(samples, ({ bufferBytes }) => bufferBytes) * MINUTE_MS,
    handles: Object.fromEntries([...kinds].map((kind) => [kind, more(({ handles }) => handles[kind] ?? 0)])),
    listeners: more(({ listeners }) => listeners),
  };
}

/** Least squares. */
function slope(samples: readonly ResourceSample[], of: (sample: ResourceSample) => number): number {
  const meanMs = mean(samples.map(({ atMs }) => atMs));
  const meanValue = mean(samples.map(of));
  let covariance = 0;
  let variance = 0;
  for (const sample of samples) {
    covariance += (sample.atMs - meanMs) * (of(sample) - meanValue);
    variance += (sample.atMs - meanMs) ** 2;
  }
  return covariance / variance;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const median = (values: readonly number[]): number =>
  [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]!;
