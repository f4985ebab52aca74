import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tp } from "@millrace/kafka-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { StreamsApp } from "./streams-app.js";
import { queryable } from "./queries/queryable.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
const CHANGELOG = tp("app-counts-changelog", 0);
let harness: AppHarness;
let dir: string;

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40, realIo: true });
  dir = mkdtempSync(join(tmpdir(), "millrace-restore-"));
});

afterEach(async () => {
  await harness.close();
  rmSync(dir, { recursive: true, force: true });
});

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").groupByKey().count({ store: "counts" }).toStream().to("out", { value: serdes.long });
  return builder.build();
}

interface Started {
  readonly app: StreamsApp;
  /** First offset and rows of each restore, in order. */
  readonly starts: number[];
  readonly totals: number[];
}

async function start(options: Partial<StreamsAppOptions>): Promise<Started> {
  const app = harness.makeApp(counting(), options);
  const starts: number[] = [];
  const totals: number[] = [];
  app.onRestore({
    onRestoreStart: (_, startOffset) => starts.push(startOffset),
    onRestoreEnd: (_, total) => totals.push(total),
  });
  await harness.run(app.start());
  return { app, starts, totals };
}

/** Runs an app until it has processed all there is. */
async function runOnce(options: Partial<StreamsAppOptions>): Promise<Started> {
  const started = await start(options);
  await harness.run(started.app.caughtUp());
  await harness.run(started.app.close());
  return started;
}

const rowsOf = (app: StreamsApp) => harness.run(app.store(queryable.keyValue("counts")).all().toArray());

const keyed = (...keys: readonly string[]) => keys.map((key) => ({ key, value: "x" }));

/** A transaction of somebody else at the changelog's end that comes to nothing. */
async function abortAtEnd(): Promise<void> {
  const producer = harness.cluster.producer({ transactionalId: "gone" });
  await harness.run(producer.init());
  producer.begin();
  for (const key of ["a", "z"]) {
    producer.append(CHANGELOG.topic, 0, Buffer.from(key), Buffer.alloc(8, 9), 0);
    await harness.run(producer.flush());
  }
  await harness.run(producer.abort());
  await harness.run(producer.close());
}

describe.each(guarantees)("a changelog, %s", (processingGuarantee) => {
  const onHeap = { processingGuarantee };

  test("that ends in aborted records and markers is restored to its end, without them", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", keyed("a", "b", "a"));
    await runOnce(onHeap);
    await abortAtEnd();
    await harness.produce("in", keyed("a"));
    await runOnce(onHeap);
    expect(await harness.readTable("out", long)).toEqual({ a: 3, b: 1 });
  });

  test("with holes, left by compaction, at its end too, is restored from what is left", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", keyed("a", "b"));
    await runOnce(onHeap);
    await harness.produce("in", keyed("a", "b", "a"));
    await runOnce(onHeap);
    await abortAtEnd();
    // What stands before an open transaction's marker alone is compacted.
    await harness.environment.scheduler.advanceBy(1_000);
    await harness.run(harness.cluster.runMaintenance());
    await harness.produce("in", keyed("b"));
    const { totals } = await runOnce(onHeap);
    expect(totals).toEqual([2]);
    expect(await harness.readTable("out", long)).toEqual({ a: 3, b: 3 });
  });

  test("cut beyond what is stored has the state wiped and restored from what is left, and says so", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", keyed("a"));
    await runOnce({ processingGuarantee, stateDir: dir });
    await harness.produce("in", keyed("b", "b"));
    await runOnce({ processingGuarantee, stateDir: join(dir, "other"), commitIntervalMs: 50 });
    const admin = harness.cluster.admin();
    const end = (await harness.run(admin.listOffsets([CHANGELOG], "latest", "read_uncommitted"))).get(CHANGELOG)!;
    await harness.run(admin.deleteRecords(new Map([[CHANGELOG, end]])));
    const { app, starts } = await start({ processingGuarantee, stateDir: dir });
    expect(starts).toEqual([expect.any(Number), end]);
    expect(harness.environment.logger.lines.some(({ message }) => message.includes("its changelog begins at"))).toBe(
      true,
    );
    expect(await rowsOf(app)).toEqual([]);
  });
});

test.each(guarantees)(
  "state of a changelog that was deleted and made anew is wiped and restored, and says so, %s",
  async (processingGuarantee) => {
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", keyed("a", "b"));
    await runOnce({ processingGuarantee, stateDir: dir });
    const admin = harness.cluster.admin();
    await harness.run(admin.deleteTopics([CHANGELOG.topic]));
    const config = { "cleanup.policy": "compact" };
    await harness.run(admin.createTopics([{ name: CHANGELOG.topic, partitions: 1, config }]));
    // The new log is longer than the one the state came from: only its identity tells.
    await harness.produce(
      CHANGELOG.topic,
      ["x", "x", "x", "x", "x", "x"].map((key) => ({ key, value: null })),
    );
    const { app, starts } = await start({ processingGuarantee, stateDir: dir });
    expect(starts).toEqual([0]);
    expect(harness.environment.logger.lines.some(({ message }) => message.includes("deleted and made anew"))).toBe(
      true,
    );
    expect(await rowsOf(app)).toEqual([]);
    // It is known from now on.
    await harness.run(app.close());
    await runOnce({ processingGuarantee, stateDir: dir });
    const warnings = harness.environment.logger.lines.filter(({ message }) => message.includes("made anew"));
    expect(warnings).toHaveLength(1);
  },
);

test("a restore that was interrupted goes on where it had come to", async () => {
  await harness.createTopics({ in: 1, out: 1 });
  // Long keys: the changelog has to take several fetches.
  const rows = Array.from({ length: 12_000 }, (_, row) => ({ key: `k${row}`.padEnd(250, "."), value: "v" }));
  await harness.produce("in", rows);
  await runOnce({});
  const first = harness.makeApp(counting(), { stateDir: dir });
  first.onRestore({ onRestoreBatch: () => void first.close() });
  await expect(harness.run(first.start())).rejects.toThrow("closed");
  await harness.run(first.close());
  const { starts, totals, app } = await start({ stateDir: dir });
  expect(starts[0]).toBeGreaterThan(0);
  expect(totals[0]).toBeLessThan(rows.length);
  expect(await rowsOf(app)).toHaveLength(rows.length);
});
