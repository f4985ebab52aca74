import { describe, expect, test } from "vitest";
import { sleep } from "../waiting/sleep.js";
import { virtualEnvironment } from "./virtual-environment.js";
import { VirtualTimeStuckError } from "./virtual-scheduler.js";

describe("virtual scheduler", () => {
  test("runs tasks in order of time, then of insertion, each at its own time", async () => {
    const { clock, scheduler } = virtualEnvironment({ startMs: 1_000 });
    const seen: string[] = [];
    for (const [name, delayMs] of [
      ["c", 20],
      ["a", 10],
      ["b", 10],
      ["never", 31],
    ] as const)
      scheduler.after(delayMs, () => seen.push(`${name}@${clock.nowMs()}`));
    await scheduler.advanceBy(30);
    expect(seen).toEqual(["a@1010", "b@1010", "c@1020"]);
    expect(clock.nowMs()).toBe(1_030);
  });

  test("lets all promise reactions of a task run before the next task", async () => {
    const { scheduler } = virtualEnvironment();
    const seen: string[] = [];
    scheduler.after(
      1,
      () =>
        void Promise.resolve()
          .then(() => Promise.resolve())
          .then(() => seen.push("reaction")),
    );
    scheduler.after(1, () => seen.push("next task"));
    await scheduler.advanceBy(1);
    expect(seen).toEqual(["reaction", "next task"]);
  });

  test("a yield is a task of time now", async () => {
    const { clock, scheduler } = virtualEnvironment();
    let turns = 0;
    const loop = async (): Promise<void> => {
      for (; turns < 3; turns++) await scheduler.yield();
    };
    void loop();
    await scheduler.advanceBy(0);
    expect([turns, clock.monotonicMs()]).toEqual([3, 0]);
  });

  test("runUntil stops at the moment the condition holds", async () => {
    const { clock, scheduler } = virtualEnvironment();
    let ticks = 0;
    const tick = (): void => {
      ticks++;
      scheduler.after(10, tick);
    };
    scheduler.after(10, tick);
    await scheduler.runUntil(() => ticks === 3);
    expect(clock.monotonicMs()).toBe(30);
    await expect(scheduler.runUntil(() => false, { maxMs: 50 })).rejects.toThrow(VirtualTimeStuckError);
  });

  test("runUntil fails when nothing is scheduled", async () => {
    await expect(virtualEnvironment().scheduler.runUntil(() => false)).rejects.toThrow(/nothing is scheduled/u);
  });

  test("a cancelled timer never fires, and a timer can be cancelled by one due at the same time", async () => {
    const { scheduler } = virtualEnvironment();
    const seen: number[] = [];
    scheduler.after(5, () => second.cancel());
    const second = scheduler.after(5, () => seen.push(2));
    scheduler.after(6, () => seen.push(3)).cancel();
    await scheduler.advanceBy(10);
    expect(seen).toEqual([]);
    expect(scheduler.nextDelayMs()).toBe(Infinity);
  });

  test("a wall clock set back does not move timers", async () => {
    const { clock, scheduler } = virtualEnvironment({ startMs: 5_000 });
    let fired = false;
    scheduler.after(100, () => (fired = true));
    clock.jumpWallClock(-4_000);
    await scheduler.advanceBy(100);
    expect([fired, clock.nowMs(), clock.monotonicMs()]).toEqual([true, 1_100, 100]);
  });

  test("shuffled order differs from insertion order and is the same for the same seed", async () => {
    const run = async (seed: number): Promise<string> => {
      const { scheduler } = virtualEnvironment({ seed, shuffleTasks: true });
      let seen = "";
      for (const name of "abcdefghij") scheduler.after(1, () => (seen += name));
      await scheduler.advanceBy(1);
      return seen;
    };
    const first = await run(7);
    expect(await run(7)).toBe(first);
    expect(await run(8)).not.toBe(first);
    expect([...first].sort().join("")).toBe("abcdefghij");
  });

  test("an aborted sleep rejects with the signal's reason and leaves no timer", async () => {
    const { scheduler } = virtualEnvironment();
    const controller = new AbortController();
    const sleeping = sleep(scheduler, 100, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleeping).rejects.toThrow("enough");
    expect(scheduler.nextDelayMs()).toBe(Infinity);
  });

  test("counts holds", () => {
    const { scheduler } = virtualEnvironment();
    const hold = scheduler.hold();
    scheduler.hold();
    hold.cancel();
    hold.cancel();
    expect(scheduler.holds).toBe(1);
  });
});
