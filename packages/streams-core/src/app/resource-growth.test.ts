import { expect, test } from "vitest";
import { resourceGrowth } from "./resource-growth.fixture.js";
import type { ResourceSample } from "./resource-sample.fixture.js";

const SECOND_MS = 1_000;

function samples(at: (second: number) => Partial<ResourceSample>): ResourceSample[] {
  return Array.from({ length: 60 }, (_, second) => ({
    ...{ atMs: second * SECOND_MS, rssBytes: 5_000, heapBytes: 1_000, bufferBytes: 0, listeners: 3 },
    handles: { Timeout: 4 },
    ...at(second),
  }));
}

test("finds no growth in what goes up and down", () => {
  const steady = samples((second) => ({ handles: { Timeout: 4 + (second % 3) }, listeners: 3 + (second % 2) }));
  expect(resourceGrowth(steady)).toEqual({
    ...{ rssBytesPerMinute: 0, heapBytesPerMinute: 0, bufferBytesPerMinute: 0 },
    ...{ handles: { Timeout: 0 }, listeners: 0 },
  });
});

test("finds what leaks, amid noise", () => {
  const leaking = samples((second) => ({
    heapBytes: 1_000 + 10 * second + (second % 2),
    handles: { Timeout: 4, Socket: Math.floor(second / 10) },
    listeners: 3 + second,
  }));
  const growth = resourceGrowth(leaking);
  expect(growth.heapBytesPerMinute).toBeCloseTo(600, 0);
  expect(growth.rssBytesPerMinute).toBe(0);
  expect(growth.handles).toEqual({ Timeout: 0, Socket: 4 });
  expect(growth.listeners).toBe(40);
});
