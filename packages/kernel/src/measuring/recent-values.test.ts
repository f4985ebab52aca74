import { expect, test } from "vitest";
import { RecentValues } from "./recent-values.js";

/** At each time in ms, the values added then, as count, sum and greatest; and what is told at the end. */
test.each([
  ["nothing yet", [], 0, [0, 0, 0, 0]],
  ["values of one batch", [[0, 4, 20, 8]], 10_000, [5, 8, 0.4, 0.002]],
  ["the first second counts as a whole one", [[0, 4, 20, 8]], 100, [5, 8, 4, 0.02]],
  // prettier-ignore
  ["two samples", [[0, 2, 20, 15], [40_000, 2, 4, 3]], 50_000, [6, 15, 0.08, 0.00048]],
  // prettier-ignore
  ["the first sample is forgotten when a third begins", [[0, 2, 20, 15], [40_000, 2, 4, 3]], 70_000, [2, 3, 0.05, 0.0001]],
  ["all is forgotten after two samples", [[0, 2, 20, 15]], 70_000, [0, 0, 0, 0]],
] as const)("%s", (_name, added, nowMs, told) => {
  const values = new RecentValues(0);
  for (const [atMs, count, sum, max] of added as readonly (readonly [number, number, number, number])[]) {
    values.add(count, sum, max, atMs);
  }
  const is = [values.average(nowMs), values.max(nowMs), values.rate(nowMs), values.ratio(nowMs)];
  is.forEach((value, index) => expect(value).toBeCloseTo(told[index]!, 10));
});
