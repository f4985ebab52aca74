import { expect, test } from "vitest";
import { silentLogger } from "../logging/silent-logger.js";
import { Deferred } from "../waiting/deferred.js";
import { abortable } from "../waiting/abortable.js";
import { timedOut, within } from "../waiting/within.js";
import { systemEnvironment } from "./system-environment.js";

const { clock, scheduler, randomness } = systemEnvironment();

test("a timer fires once, not before its time, and not after being cancelled", async () => {
  const fired = new Deferred<number>();
  const startMs = clock.monotonicMs();
  let cancelled = true;
  scheduler.after(3, () => (cancelled = false)).cancel();
  scheduler.after(5, () => fired.resolve(clock.monotonicMs()));
  expect((await fired.promise) - startMs).toBeGreaterThanOrEqual(4);
  expect(cancelled).toBe(true);
});

test("a timer longer than Node's longest does not fire at once", async () => {
  let fired = false;
  const timer = scheduler.after(2 ** 40, () => (fired = true));
  await within(scheduler, 5, new Promise(() => {}));
  expect(fired).toBe(false);
  timer.cancel();
});

test("yields let timers have their turn", async () => {
  let fired = false;
  scheduler.after(1, () => (fired = true));
  while (!fired) await scheduler.yield();
  expect(fired).toBe(true);
});

test("waiting ends at the timeout, or with the signal", async () => {
  const never = new Promise<string>(() => {});
  expect(await within(scheduler, 1, never)).toBe(timedOut);
  expect(await within(scheduler, 1_000, Promise.resolve("done"))).toBe("done");
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal);
  controller.abort(new Error("stop"));
  await expect(waiting).rejects.toThrow("stop");
  await expect(abortable(Promise.resolve(1), undefined)).resolves.toBe(1);
});

test("overrides replace parts of the environment", () => {
  expect(systemEnvironment({ logger: silentLogger }).logger).toBe(silentLogger);
});

test("randomness is within its bounds", () => {
  for (let i = 0; i < 1_000; i++) {
    expect(randomness.fraction()).toBeLessThan(1);
    expect(Number.isInteger(randomness.uint32())).toBe(true);
  }
  expect(randomness.uuid()).not.toBe(randomness.uuid());
});
