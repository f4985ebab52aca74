import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, versionedStore, windows } from "../../dsl/index.js";
import type { Windowed } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { AppHarness, type HarnessRecord } from "../../testing/app-harness.js";
import type { Topology } from "../../topology/index.js";
import { AppStateError, UnknownStoreError } from "../app-errors.js";
import type { StreamsApp } from "../streams-app.js";
import { StoreKindError, StoreMovedError } from "./query-errors.js";
import { queryable } from "./queryable.js";

const names = {
  rows: queryable.keyValue<string, string>("rows"),
  rowsWithTimes: queryable.timestampedKeyValue<string, string>("rows"),
  counts: queryable.window<string, number>("counts"),
  visits: queryable.session<string, number>("visits"),
  prices: queryable.versioned<string, string>("prices"),
};

/** A table, counts by windows of 10 ms, counts by sessions with gaps of 5 ms, and a versioned table. */
function everyKind(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.table("rows-in", { store: "rows" });
  builder.table("prices-in", { supplier: versionedStore("prices", { historyRetentionMs: 1_000 }) });
  const clicks = builder.stream("clicks").groupByKey();
  clicks.windowedBy(windows.tumbling({ sizeMs: 10 })).count({ store: "counts" });
  clicks.windowedBy(windows.session({ inactivityGapMs: 5 })).count({ store: "visits" });
  return builder.build();
}

let harness: AppHarness;
let dir: string;

beforeEach(() => {
  harness = new AppHarness({ realIo: true });
  dir = mkdtempSync(join(tmpdir(), "millrace-queries-"));
});

afterEach(async () => {
  await harness.close();
  rmSync(dir, { recursive: true, force: true });
});

const at = (timestamp: number, key: string, value: string, partition = 0): HarnessRecord => ({
  ...{ timestamp, key, value, partition },
});
const inputs = {
  "rows-in": [at(1, "a", "1", 0), at(2, "b", "2", 1), at(3, "bb", "3", 0), at(4, "c", "4", 1), at(5, "a", "5", 0)],
  "prices-in": [at(10, "a", "old"), at(20, "a", "new")],
  clicks: [at(1, "a", "x"), at(3, "a", "x"), at(12, "a", "x"), at(30, "b", "x"), at(31, "a", "x")],
};

async function running(stateDir: string | undefined, workers = 1): Promise<StreamsApp> {
  await harness.createTopics({ "rows-in": 2, "prices-in": 2, clicks: 2 });
  for (const [topic, records] of Object.entries(inputs)) await harness.produce(topic, records);
  const options = stateDir === undefined ? {} : { stateDir };
  const app = harness.makeApp(everyKind(), { commitIntervalMs: 600_000, workers, ...options });
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  return app;
}

const list = <R>(rows: { toArray(): Promise<R[]> }): Promise<R[]> => harness.run(rows.toArray());
const pairs = (rows: readonly { readonly key: unknown; readonly value: unknown }[]) =>
  rows.map(({ key, value }) => [key, value]);
const spans = (rows: readonly { readonly key: Windowed<string>; readonly value: unknown }[]) =>
  rows.map(({ key, value }) => `${key.key} ${key.startMs}-${key.endMs}: ${String(value)}`);

describe.each(["heap", "leveldb"])("stores on %s", (engine) => {
  const stateDir = (): string | undefined => (engine === "heap" ? undefined : dir);

  test("rows by key: one, ranges both ways, prefixes, all of them, how many, and with their timestamps", async () => {
    const app = await running(stateDir());
    const rows = app.store(names.rows);
    expect([await rows.get("a"), await rows.get("b"), await rows.get("none")]).toEqual(["5", "2", null]);
    // Partition by partition: 0 has a and bb, 1 has b and c.
    const inOrder = [["a", "5"], ["bb", "3"], ["b", "2"], ["c", "4"]]; // prettier-ignore
    expect(pairs(await list(rows.all()))).toEqual(inOrder);
    expect(pairs(await list(rows.all({ reverse: true })))).toEqual([inOrder[1], inOrder[0], inOrder[3], inOrder[2]]);
    expect(pairs(await list(rows.range({ from: "b", to: "c" })))).toEqual(inOrder.slice(1));
    expect(pairs(await list(rows.range({ to: "a" })))).toEqual(inOrder.slice(0, 1));
    expect(pairs(await list(rows.prefixScan("b", serdes.string)))).toEqual([inOrder[1], inOrder[2]]);
    expect(pairs(await list(rows.prefixScan("b", serdes.string, { reverse: true })))).toEqual([inOrder[1], inOrder[2]]);
    expect(await app.store(names.rowsWithTimes).get("a")).toEqual({ value: "5", timestamp: 5 });
    await harness.run(app.caughtUp());
    expect(await rows.approximateNumEntries()).toBeGreaterThanOrEqual(0);
  });

  test("windows: one, those of a key, of a range of keys, of all", async () => {
    const counts = (await running(stateDir())).store(names.counts);
    expect([await counts.get("a", 0), await counts.get("a", 10), await counts.get("a", 20)]).toEqual([2, 1, null]);
    expect(pairs(await list(counts.fetch("a", 0, 29)))).toEqual([[0, 2], [10, 1]]); // prettier-ignore
    expect(pairs(await list(counts.fetch("a", 0, 99, { reverse: true })))).toEqual([[30, 1], [10, 1], [0, 2]]); // prettier-ignore
    expect(spans(await list(counts.fetchAll(10, 99))).sort()).toEqual(["a 10-20: 1", "a 30-40: 1", "b 30-40: 1"]);
    expect(spans(await list(counts.fetchRange(0, 99, { from: "b" })))).toEqual(["b 30-40: 1"]);
    expect(await list(counts.all())).toHaveLength(4);
  });

  test("sessions: one, those of a key, those that touch a time, all", async () => {
    const visits = (await running(stateDir())).store(names.visits);
    expect([await visits.get("a", 1, 3), await visits.get("a", 1, 4)]).toEqual([2, null]);
    expect(spans(await list(visits.fetch("a")))).toEqual(["a 1-3: 2", "a 12-12: 1", "a 31-31: 1"]);
    expect(spans(await list(visits.fetch("a", { reverse: true })))[0]).toBe("a 31-31: 1");
    expect(spans(await list(visits.findSessions("a", 3, 12)))).toEqual(["a 1-3: 2", "a 12-12: 1"]);
    expect(spans(await list(visits.fetchRange({ from: "b" })))).toEqual(["b 30-30: 1"]);
  });

  test("versions: the latest, the one of a time, all of them", async () => {
    const prices = (await running(stateDir())).store(names.prices);
    expect([(await prices.get("a"))?.value, (await prices.get("a", 19))?.value, await prices.get("a", 9)]).toEqual([
      "new",
      "old",
      null,
    ]);
    expect((await prices.history("a", { order: "ascending" })).map(({ value }) => value)).toEqual(["old", "new"]);
    expect(await prices.history("none")).toEqual([]);
  });

  test("rows that come while others are read are not seen, and the loop goes on processing", async () => {
    const app = await running(stateDir());
    const many = Array.from({ length: 3_000 }, (_, row) => at(10, `k${String(row).padStart(4, "0")}`, "old"));
    await harness.produce("rows-in", many);
    await harness.run(app.caughtUp());
    const rows = app.store(names.rows, { partition: 0 });
    const chunks = rows.range({ from: "k" })[Symbol.asyncIterator]();
    const seen = [...((await harness.run(chunks.next())).value ?? [])];
    await harness.produce("rows-in", [at(11, "k2999", "new"), at(11, "k9", "new")]);
    await harness.run(app.caughtUp());
    for (;;) {
      const { done, value } = await harness.run(chunks.next());
      if (done === true) break;
      expect(value.length).toBeLessThanOrEqual(1_024);
      seen.push(...value);
    }
    expect([seen.length, new Set(seen.map(({ value }) => value))]).toEqual([3_000, new Set(["old"])]);
    expect([await rows.get("k2999"), await rows.get("k9")]).toEqual(["new", "new"]);
  });

  test("a loop that is left leaves no snapshot open", async () => {
    const app = await running(stateDir());
    for await (const rows of app.store(names.rows).all()) {
      expect(rows.length).toBeGreaterThan(0);
      break;
    }
    await harness.run(app.close());
    const leaked = app.metrics().filter(({ name }) => name === "iterators-leaked");
    expect(leaked.map(({ value }) => value)).not.toContain(1);
  });

  test("an app that closes does not pass for the end of the rows", async () => {
    const app = await running(stateDir());
    await harness.produce("rows-in", Array.from({ length: 2_000 }, (_, row) => at(10, `k${row}`, "v"))); // prettier-ignore
    await harness.run(app.caughtUp());
    const chunks = app.store(names.rows).all()[Symbol.asyncIterator]();
    await harness.run(chunks.next());
    await harness.run(app.close());
    await expect(harness.run(chunks.next())).rejects.toThrow(StoreMovedError);
    await expect(app.store(names.rows).get("a")).rejects.toThrow(AppStateError);
  });
});

test("several workers of an app are read as one; a partition can be named", async () => {
  const app = await running(undefined, 2);
  expect(app.workers.map(({ tasks }) => tasks.length > 0)).toEqual([true, true]);
  expect((await list(app.store(names.rows).all())).map(({ key }) => key)).toEqual(["a", "bb", "b", "c"]);
  expect((await list(app.store(names.rows, { partition: 1 }).all())).map(({ key }) => key)).toEqual(["b", "c"]);
  expect(await app.store(names.rows, { partition: 1 }).get("a")).toBeNull();
  await expect(app.store(names.rows, { partition: 7 }).get("a")).rejects.toThrow(StoreMovedError);
  await expect(app.store(names.rows, { partition: 7, staleStores: true }).get("a")).rejects.toThrow(StoreMovedError);
});

test("a store of another kind, and one that there is not, are refused at once", async () => {
  const app = harness.makeApp(everyKind());
  expect(() => app.store(queryable.window("rows"))).toThrow(StoreKindError);
  expect(() => app.store(queryable.keyValue("counts"))).toThrow(
    'Store "counts" is a timestamped-window store and cannot be read as keyValue.',
  );
  expect(() => app.store(queryable.session("none"))).toThrow(UnknownStoreError);
});
