import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppHarness, long } from "../testing/app-harness.js";
import type { StreamsApp } from "./streams-app.js";
import { wordCount } from "./word-count.fixture.js";

const guarantees = ["at-least-once", "exactly-once"] as const;

let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

async function caughtUp(...running: readonly StreamsApp[]): Promise<void> {
  for (let round = 0; round < 3; round++) for (const app of running) await harness.run(app.caughtUp());
}

describe.each(guarantees)("word count, %s", (processingGuarantee) => {
  test("counts through a repartition topic", async () => {
    await harness.createTopics({ lines: 2, counts: 1 });
    await harness.produce("lines", [
      { key: null, value: "the quick brown fox", partition: 0 },
      { key: null, value: "the lazy dog and the fox", partition: 1 },
    ]);
    const app = harness.makeApp(wordCount(), { processingGuarantee });
    await harness.run(app.start());
    expect(app.state).toBe("RUNNING");
    await caughtUp(app);
    expect(await harness.readTable("counts", long)).toEqual({
      and: 1,
      brown: 1,
      dog: 1,
      fox: 2,
      lazy: 1,
      quick: 1,
      the: 3,
    });
    expect(await harness.run(app.close())).toBe(true);
    expect(app.state).toBe("NOT_RUNNING");
  });

  test("goes on from the changelog after a restart with nothing on disk", async () => {
    await harness.createTopics({ lines: 1, counts: 1 });
    await harness.produce("lines", [{ key: null, value: "a b a" }]);
    const first = harness.makeApp(wordCount(), { processingGuarantee });
    await harness.run(first.start());
    await caughtUp(first);
    await harness.run(first.close());
    await harness.produce("lines", [{ key: null, value: "a c" }]);
    const second = harness.makeApp(wordCount(), { processingGuarantee });
    const restored: string[] = [];
    second.onRestore({
      onRestoreStart: ({ store }, from, to) => restored.push(`start ${store} ${from} ${to > from}`),
      onRestoreEnd: ({ store }, total, interrupted) => restored.push(`end ${store} ${total} ${interrupted}`),
    });
    await harness.run(second.start());
    await caughtUp(second);
    expect(await harness.readTable("counts", long)).toEqual({ a: 3, b: 1, c: 1 });
    expect(restored).toEqual(["start word-counts 0 true", "end word-counts 2 false"]);
  });

  test("two apps share the partitions; when one closes the other has them all and nothing is lost", async () => {
    await harness.createTopics({ lines: 4, counts: 1 });
    const lines = (round: number) =>
      [0, 1, 2, 3].map((partition) => ({ key: null, value: `w${partition} w${round} all`, partition }));
    const one = harness.makeApp(wordCount(), { processingGuarantee });
    const two = harness.makeApp(wordCount(), { processingGuarantee });
    await harness.run(one.start());
    await harness.run(two.start());
    await harness.produce("lines", lines(4));
    await harness.until(() => one.state === "RUNNING" && two.state === "RUNNING");
    await caughtUp(one, two);
    await harness.produce("lines", lines(5));
    await harness.run(one.close());
    await harness.until(() => two.state === "RUNNING");
    await harness.produce("lines", lines(6));
    await caughtUp(two);
    expect(await harness.readTable("counts", long)).toEqual({
      all: 12,
      w0: 3,
      w1: 3,
      w2: 3,
      w3: 3,
      w4: 4,
      w5: 4,
      w6: 4,
    });
  });
});
