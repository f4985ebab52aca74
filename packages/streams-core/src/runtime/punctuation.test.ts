import { describe, expect, it } from "vitest";
import type { PunctuationOptions } from "../model/index.js";
import { Punctuations } from "./punctuation.js";

/** Fires at the given times; gives the time of each call. */
function fired(options: PunctuationOptions, scheduledAtMs: number, nowsMs: readonly number[]): number[] {
  const punctuations = new Punctuations();
  const calls: number[] = [];
  punctuations.schedule("node", options, scheduledAtMs, (timestampMs) => calls.push(timestampMs));
  const queue = options.type === "stream-time" ? punctuations.streamTime : punctuations.wallClock;
  for (const nowMs of nowsMs) queue.run(nowMs, (_node, callback, timestampMs) => callback(timestampMs));
  return calls;
}

describe("punctuators (P1)", () => {
  it.each<[name: string, options: PunctuationOptions, scheduledAtMs: number, nowsMs: number[], calls: number[]]>([
    [
      "stream time fires on the first record, then at multiples, once for a jump",
      { intervalMs: 10, type: "stream-time" },
      0,
      [3, 9, 10, 45, 49, 50],
      [3, 10, 45, 50],
    ],
    [
      "stream time with a start waits for it",
      { intervalMs: 10, type: "stream-time", startMs: 25 },
      0,
      [3, 24, 25, 34, 35],
      [25, 35],
    ],
    [
      "wall clock fires after one interval and skips missed ones",
      { intervalMs: 10, type: "wall-clock" },
      0,
      [9, 35, 40],
      [35, 40],
    ],
    [
      "wall clock is anchored at a start to come",
      { intervalMs: 10, type: "wall-clock", startMs: 25 },
      3,
      [24, 25, 34, 35],
      [25, 35],
    ],
    [
      "wall clock that starts now fires at once",
      { intervalMs: 10, type: "wall-clock", startMs: 0 },
      0,
      [0, 9, 10, 35, 40],
      [0, 10, 35, 40],
    ],
    [
      "wall clock is anchored at a start that has passed",
      { intervalMs: 10, type: "wall-clock", startMs: 5 },
      12,
      [14, 15, 25],
      [15, 25],
    ],
  ])("%s", (_name, options, scheduledAtMs, nowsMs, calls) => {
    expect(fired(options, scheduledAtMs, nowsMs)).toEqual(calls);
  });

  it("can be cancelled, from inside the callback too (P2)", () => {
    const punctuations = new Punctuations();
    let calls = 0;
    const inside = punctuations.schedule("node", { intervalMs: 10, type: "wall-clock" }, 0, () => {
      calls++;
      inside.cancel();
    });
    const before = punctuations.schedule("node", { intervalMs: 10, type: "wall-clock" }, 0, () => (calls += 100));
    before.cancel();
    for (const nowMs of [10, 20])
      punctuations.wallClock.run(nowMs, (_node, callback, timestampMs) => callback(timestampMs));
    expect(calls).toBe(1);
    expect(punctuations.wallClock.nextMs).toBe(Infinity);
  });

  it("tells when the next is due", () => {
    const punctuations = new Punctuations();
    expect(punctuations.wallClock.nextMs).toBe(Infinity);
    punctuations.schedule("node", { intervalMs: 50, type: "wall-clock" }, 100, () => {});
    punctuations.schedule("node", { intervalMs: 20, type: "wall-clock" }, 100, () => {});
    expect(punctuations.wallClock.nextMs).toBe(120);
  });

  it("refuses intervals below 1 ms and negative starts", () => {
    const punctuations = new Punctuations();
    const schedule = (options: PunctuationOptions) => () => punctuations.schedule("node", options, 0, () => {});
    expect(schedule({ intervalMs: 0, type: "wall-clock" })).toThrow("intervalMs is 0");
    expect(schedule({ intervalMs: 5, type: "wall-clock", startMs: -1 })).toThrow("startMs is -1");
  });
});
