import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RetriableError, type KafkaClient } from "@millrace/kafka-client";
import { StateLockedError } from "@millrace/state-stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { logAndContinue } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { StreamsApp } from "./streams-app.js";
import { queryable } from "./queries/queryable.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
let harness: AppHarness;
let dir: string;

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40, realIo: true });
  dir = mkdtempSync(join(tmpdir(), "millrace-app-"));
});

afterEach(async () => {
  await harness.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Counts values, each as a key, into "counts"; `check` sees each record first. */
function counting(check: (value: string) => void = () => {}): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .peek((_, value) => check(value))
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to("counts", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

const keyed = (...keys: readonly string[]) => keys.map((key) => ({ key, value: key }));

async function runOnce(topology: Topology, options: Partial<StreamsAppOptions> = {}): Promise<StreamsApp> {
  const app = harness.makeApp(topology, options);
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  await harness.run(app.close());
  return app;
}

/** A file of each task's database that it cannot be opened without. */
function taskFiles(): readonly string[] {
  return readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(
    (path) => path.endsWith("CURRENT") && !path.includes(".lock"),
  );
}

describe("poison records", () => {
  const numbers = (): Topology => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.long });
    builder
      .stream("in")
      .mapValues((value) => value + 1)
      .to("out");
    return builder.build();
  };
  const eight = (n: number): string => String.fromCharCode(0, 0, 0, 0, 0, 0, 0, n);

  test("end the app by default, with an error that names the record", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(numbers());
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    await harness.produce("in", [{ key: "a", value: "no long" }]);
    await harness.until(() => app.state === "ERROR");
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({
      code: "MILLRACE_DESERIALIZATION",
      message: expect.stringContaining("in-0 offset 0"),
    });
  });

  test("are skipped and counted when the handler says so", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", [
      { key: "a", value: eight(1) },
      { key: "b", value: "no long" },
      { key: "c", value: eight(2) },
    ]);
    const app = await runOnce(numbers(), { errors: { deserialization: logAndContinue } });
    expect(await harness.read("out", long)).toEqual([
      ["a", 2],
      ["c", 3],
    ]);
    expect(
      app
        .metrics()
        .filter(({ name }) => name === "dropped-records-total")
        .map(({ value }) => value),
    ).toEqual([1]);
  });

  test("alone in a batch are committed past", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", [{ key: "b", value: "no long" }]);
    await runOnce(numbers(), { errors: { deserialization: logAndContinue } });
    const offsets = await harness.run(harness.cluster.admin().groupOffsets("app"));
    expect([...offsets.values()].map(({ offset }) => offset)).toEqual([1]);
  });
});

describe.each(guarantees)("user code that throws, %s", (processingGuarantee) => {
  test("ends the app; the next start goes on at the record that failed", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("a", "b", "bad", "a"));
    let poisoned = true;
    const check = (value: string): void => {
      if (poisoned && value === "bad") throw new Error("cannot do bad");
    };
    const failing = harness.makeApp(counting(check), { processingGuarantee });
    failing.start().catch(() => undefined);
    await harness.until(() => failing.state === "ERROR");
    poisoned = false;
    await runOnce(counting(check), { processingGuarantee });
    const counts = await harness.readTable("counts", long);
    if (processingGuarantee === "exactly-once") expect(counts).toEqual({ a: 2, b: 1, bad: 1 });
    else expect(Object.keys(counts)).toEqual(["a", "b", "bad"]);
  });

  test("is started over when the app says so, and under exactly-once nothing is doubled", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    let failures = 3;
    const check = (value: string): void => {
      if (value === "flaky" && failures-- > 0) throw new Error("not now");
    };
    const app = harness.makeApp(counting(check), {
      processingGuarantee,
      cacheMaxBytes: 0,
      onUncaughtError: () => "replace-worker",
    });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    await harness.produce("in", keyed("a", "b", "a"));
    await harness.run(app.caughtUp());
    await harness.produce("in", keyed("a", "flaky", "b"));
    await harness.until(() => errors.length === 3 && app.state === "RUNNING");
    await harness.run(app.caughtUp());
    const updates = await harness.read("counts", long);
    if (processingGuarantee === "exactly-once") {
      expect(updates).toEqual([
        ["a", 1],
        ["b", 1],
        ["a", 2],
        ["a", 3],
        ["flaky", 1],
        ["b", 2],
      ]);
    } else expect(Object.keys(await harness.readTable("counts", long))).toEqual(["a", "b", "flaky"]);
  });

  test("gives up after ten times without a commit in between", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("bad"));
    const check = (): never => {
      throw new Error("never");
    };
    const app = harness.makeApp(counting(check), { processingGuarantee, onUncaughtError: () => "replace-worker" });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    app.start().catch(() => undefined);
    await harness.until(() => app.state === "ERROR");
    expect(errors.at(-1)).toMatchObject({ code: "MILLRACE_RECOVERY_LIMIT", cause: { code: "MILLRACE_PROCESSING" } });
  });
});

describe.each(guarantees)("state on disk, %s", (processingGuarantee) => {
  test("is gone on from after a restart, and restored when it was deleted or damaged", async () => {
    await harness.createTopics({ in: 2, counts: 1 });
    const options = { processingGuarantee, stateDir: dir };
    const starts: number[] = [];
    const round = async (): Promise<void> => {
      const records = [...keyed("a", "b"), ...keyed("c").map((record) => ({ ...record, partition: 1 }))];
      await harness.produce("in", records);
      const app = harness.makeApp(counting(), options);
      app.onRestore({ onRestoreStart: (_, startOffset) => starts.push(startOffset) });
      await harness.run(app.start());
      await harness.run(app.caughtUp());
      await harness.run(app.close());
    };
    await round();
    await round();
    expect(starts.slice(2).every((start) => start > 0)).toBe(true);
    rmSync(dir, { recursive: true });
    await round();
    expect(starts.slice(4)).toEqual([0, 0]);
    for (const path of taskFiles()) writeFileSync(join(dir, path), "garbage");
    await round();
    expect(starts.slice(6)).toEqual([0, 0]);
    expect(await harness.readTable("counts", long)).toEqual({ a: 4, b: 4, c: 4 });
  });

  test("of another cluster is wiped, and says so", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("a", "a"));
    await runOnce(counting(), { processingGuarantee, stateDir: dir });
    await harness.run(harness.cluster.close());
    harness = new AppHarness({ realIo: true, seed: 2 });
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("a"));
    await runOnce(counting(), { processingGuarantee, stateDir: dir });
    expect(await harness.readTable("counts", long)).toEqual({ a: 1 });
    expect(harness.environment.logger.lines.some(({ message }) => message.includes("belongs to cluster"))).toBe(true);
  });

  test("older than its changelog keeps tombstones is wiped when it has missed records", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("a"));
    await runOnce(counting(), { processingGuarantee, stateDir: dir });
    await harness.produce("in", keyed("a"));
    await runOnce(counting(), { processingGuarantee, stateDir: `${dir}-other` });
    rmSync(`${dir}-other`, { recursive: true });
    harness.environment.clock.jumpWallClock(25 * 3_600_000);
    const app = harness.makeApp(counting(), { processingGuarantee, stateDir: dir });
    const starts: number[] = [];
    app.onRestore({ onRestoreStart: (_, startOffset) => starts.push(startOffset) });
    await harness.run(app.start());
    expect(starts.at(-1)).toBe(0);
    expect(starts).toHaveLength(2);
  });

  test("cannot be used by two apps at once", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.run(harness.makeApp(counting(), { processingGuarantee, stateDir: dir }).start());
    const second = harness.makeApp(counting(), { processingGuarantee, stateDir: dir });
    await expect(harness.run(second.start())).rejects.toThrow(StateLockedError);
    expect(second.state).toBe("ERROR");
  });
});

describe("exactly-once", () => {
  test("an app whose producer is fenced by another with its instance id starts over with nothing doubled", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    const app = harness.makeApp(counting(), {
      processingGuarantee: "exactly-once",
      instanceId: "one",
      cacheMaxBytes: 0,
    });
    await harness.run(app.start());
    await harness.produce("in", keyed("a"));
    await harness.run(app.caughtUp());
    const usurper = harness.cluster.producer({ transactionalId: "app-one-0" });
    await harness.run(usurper.init());
    await harness.produce("in", keyed("a", "b"));
    await harness.environment.scheduler.advanceBy(1_000);
    await harness.run(app.caughtUp());
    expect(await harness.read("counts", long)).toEqual([
      ["a", 1],
      ["a", 2],
      ["b", 1],
    ]);
    await harness.run(usurper.close());
  });

  test.each([
    ["was not taken", false],
    ["may have been taken", true],
  ])("an app closed right after a commit that %s commits nothing of it by halves", async (_, taken) => {
    await harness.createTopics({ in: 1, counts: 1 });
    let closing: Promise<unknown> | null = null;
    const client = overlay<KafkaClient>(harness.cluster, {
      producer: (config) => {
        const producer = harness.cluster.producer(config);
        const closeAndFail = async (what: Promise<unknown>): Promise<never> => {
          await what;
          closing ??= Promise.all([app.close(), expect(caughtUp).rejects.toThrow()]);
          throw new RetriableError("The answer was lost. Try again.");
        };
        return overlay(producer, {
          sendOffsets: taken ? producer.sendOffsets.bind(producer) : () => closeAndFail(Promise.resolve()),
          commit: () => closeAndFail(producer.commit()),
        });
      },
    });
    const options = { processingGuarantee: "exactly-once", instanceId: "one", cacheMaxBytes: 0 } as const;
    const app = harness.makeApp(counting(), { ...options, client });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    await harness.produce("in", keyed("a"));
    const caughtUp = app.caughtUp();
    await harness.until(() => closing !== null);
    await harness.run(closing!);
    expect(errors).toEqual([]);
    await harness.produce("in", keyed("b"));
    await runOnce(counting(), options);
    expect(await harness.read("counts", long)).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });
});

describe("cleanUp", () => {
  test("deletes the state of an app that does not run; the next start restores it", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    await harness.produce("in", keyed("a", "b", "a"));
    const app = harness.makeApp(counting(), { stateDir: dir });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    await expect(app.cleanUp()).rejects.toThrow("Close it before cleaning up");
    await harness.run(app.close());
    expect(taskFiles()).toHaveLength(1);
    await harness.run(app.cleanUp());
    expect(taskFiles()).toHaveLength(0);

    const again = harness.makeApp(counting(), { stateDir: dir });
    const restored: number[] = [];
    again.onRestore({ onRestoreEnd: (_, total) => restored.push(total) });
    await harness.run(again.cleanUp());
    await harness.run(again.start());
    const rows = await harness.run(again.store(queryable.keyValue("counts")).all().toArray());
    expect([restored, rows.length]).toEqual([[2], 2]);
  });

  test("is refused while another app uses the state", async () => {
    await harness.createTopics({ in: 1, counts: 1 });
    const app = harness.makeApp(counting(), { stateDir: dir });
    await harness.run(app.start());
    await expect(harness.run(harness.makeApp(counting(), { stateDir: dir }).cleanUp())).rejects.toThrow(
      StateLockedError,
    );
  });
});
