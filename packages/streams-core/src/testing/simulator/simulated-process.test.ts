import { sleep } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { SimulatedProcess } from "./simulated-process.js";
import { SimulationTrace } from "./simulation-trace.js";

function start(losesAnswer = false): {
  world: VirtualEnvironment;
  process: SimulatedProcess;
  seen: string[];
  ask: (what: string) => void;
} {
  const world = virtualEnvironment();
  const trace = new SimulationTrace(world.clock);
  const process = new SimulatedProcess("p", world, trace, {
    latencyMs: () => 10,
    losesAnswer: () => losesAnswer,
    refuses: () => false,
    lateMs: () => 0,
  });
  const seen: string[] = [];
  const ask = (what: string): void => {
    const send = async (): Promise<void> => void seen.push(`${what} arrives at ${world.clock.monotonicMs()}`);
    process.request(what, send, { lossy: true }).then(
      () => seen.push(`${what} answered at ${world.clock.monotonicMs()}`),
      () => seen.push(`${what} lost at ${world.clock.monotonicMs()}`),
    );
  };
  return { world, process, seen, ask };
}

test("a request takes its time there and back, and its answer can be lost", async () => {
  for (const [loses, answer] of [
    [false, "commit answered at 20"],
    [true, "commit lost at 20"],
  ] as const) {
    const { world, seen, ask } = start(loses);
    ask("commit");
    await world.scheduler.advanceBy(100);
    expect(seen).toEqual(["commit arrives at 10", answer]);
  }
});

test("nothing leaves a crashed process, and nothing reaches it", async () => {
  const { world, process, seen, ask } = start();
  void sleep(process.environment.scheduler, 30).then(() => seen.push("timer"));
  void process.environment.scheduler.yield().then(() => seen.push("turn"));
  ask("early");
  await world.scheduler.advanceBy(15);
  process.crash();
  ask("late");
  process.enter(() => seen.push("callback"));
  process.resume();
  await world.scheduler.advanceBy(1_000);
  expect(seen).toEqual(["turn", "early arrives at 10"]);
});

test("what comes during a pause waits for its end", async () => {
  const { world, process, seen, ask } = start();
  void sleep(process.environment.scheduler, 30).then(() => seen.push(`timer at ${world.clock.monotonicMs()}`));
  ask("commit");
  await world.scheduler.advanceBy(15);
  process.pause();
  await world.scheduler.advanceBy(85);
  process.resume();
  await world.scheduler.advanceBy(100);
  expect(seen).toEqual(["commit arrives at 10", "commit answered at 100", "timer at 100"]);
});

test("a crash at a call comes before it is sent, or after it was carried out", async () => {
  for (const [when, expected] of [
    ["before", ["one arrives at 10"]],
    ["after", ["one arrives at 10", "two arrives at 10"]],
  ] as const) {
    const { world, process, seen, ask } = start();
    process.crashAt({ calls: 2, when });
    ask("one");
    ask("two");
    await world.scheduler.advanceBy(15);
    expect([process.dead, seen.filter((line) => line.includes("arrives"))]).toEqual([
      true,
      when === "before" ? [] : expected,
    ]);
  }
});
