import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../../dsl/index.js";
import { serdes } from "../../serde/index.js";
import { AppHarness } from "../../testing/app-harness.js";
import type { Topology } from "../../topology/index.js";
import { AppStateError } from "../app-errors.js";
import type { StreamsAppOptions } from "../app-options.js";
import type { StreamsApp } from "../streams-app.js";
import { StoreMovedError, StoreRebalancingError, StoreRestoringError } from "./query-errors.js";
import { queryable } from "./queryable.js";

const counts = queryable.keyValue<string, number>("counts");
const KEYS = 40;
const keys = Array.from({ length: KEYS }, (_, at) => `k${at}`);
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .selectKey((_, value) => value)
    .groupByKey()
    .count({ store: counts.name });
  return builder.build();
}

const app = (options: Partial<StreamsAppOptions>): StreamsApp => harness.makeApp(counting(), options);

/** Two instances that share two partitions, each with a standby of the other's, and each key counted once. */
async function pair(options: Partial<StreamsAppOptions> = {}) {
  await harness.createTopics({ in: 2 });
  const shared = { standbyReplicas: 1, ...options };
  const one = app({ ...shared, applicationServer: "one:1", instanceId: "one" });
  const two = app({ ...shared, applicationServer: "two:2", instanceId: "two" });
  await harness.run(Promise.all([one.start(), two.start()]));
  await harness.produce("in", keys.map((key) => ({ key: null, value: key }))); // prettier-ignore
  await harness.environment.scheduler.advanceBy(5_000);
  await harness.until(() =>
    [one, two].every(({ state, workers }) => state === "RUNNING" && workers[0]!.tasks.length > 0),
  );
  await harness.run(Promise.all([one.caughtUp(), two.caughtUp()]));
  await harness.environment.scheduler.advanceBy(5_000);
  return { one, two };
}

describe("where a key is", () => {
  test("is told alike by all instances, and the instance it names has it", async () => {
    const { one, two } = await pair();
    const byHost = { "one:1": one, "two:2": two };
    const hosts = new Set<string>();
    for (const key of keys) {
      const told = await harness.run(one.metadataForKey(counts, key));
      const { local, ...known } = await harness.run(two.metadataForKey(counts, key));
      expect(told).toMatchObject(known);
      const host = told.active as keyof typeof byHost;
      hosts.add(host);
      expect(await byHost[host].store(counts).get(key)).toBe(1);
      expect(local).toBe(host === "two:2" ? "active" : "standby");
      expect(told.standbys).toEqual([host === "two:2" ? "one:1" : "two:2"]);
    }
    expect(hosts.size).toBe(2);
  });

  test("follows the partitioner that is given", async () => {
    const { one } = await pair();
    const told = await harness.run(one.metadataForKey(counts, "k1", { partitioner: (_, key) => Number(key.slice(1)) }));
    expect(told.partition).toBe(1);
  });

  test("is not told before the start", async () => {
    await expect(app({}).metadataForKey(counts, "k")).rejects.toThrow(AppStateError);
  });
});

describe("what is not processed here", () => {
  test("is not found, is refused by its partition, and is read from the standby when that will do", async () => {
    const { one } = await pair();
    const elsewhere = (await Promise.all(keys.map((key) => one.metadataForKey(counts, key)))).findIndex(
      ({ local }) => local === "standby",
    );
    const key = keys[elsewhere]!;
    const { partition } = await one.metadataForKey(counts, key);
    expect(await one.store(counts).get(key)).toBeNull();
    await expect(one.store(counts, { partition: partition! }).get(key)).rejects.toThrow(StoreMovedError);
    expect(await one.store(counts, { partition: partition!, staleStores: true }).get(key)).toBe(1);
    expect(await harness.run(one.store(counts, { staleStores: true }).all().toArray())).toHaveLength(KEYS);
  });
});

test("while tasks are shared out, and while they are restored, reads are refused, unless what is there will do", async () => {
  await harness.createTopics({ in: 1 });
  await harness.produce("in", keys.map((key) => ({ key: null, value: key }))); // prettier-ignore
  const first = app({});
  await harness.run(first.start());
  await harness.run(first.caughtUp());
  await harness.run(first.close());
  const second = app({});
  const read = (staleStores: boolean) =>
    harness.run(second.store(counts, { staleStores }).get("k1").catch((error: unknown) => error)); // prettier-ignore
  const seen: unknown[] = [];
  second.onRestore({
    onRestoreStart: () => void read(false).then((answer) => seen.push(answer)),
    onRestoreBatch: () => void read(true).then((answer) => seen.push(answer)),
  });
  const starting = second.start();
  expect(await read(false)).toBeInstanceOf(StoreRebalancingError);
  await harness.run(starting);
  await harness.until(() => seen.length >= 2);
  expect(seen[0]).toBeInstanceOf(StoreRestoringError);
  expect(seen[1]).toBe(1);
  expect(await read(false)).toBe(1);
});

test("an app that has failed is not read", async () => {
  // Its topic is not there.
  const failing = app({});
  await expect(harness.run(failing.start())).rejects.toThrow();
  await expect(failing.store(counts).get("k1")).rejects.toThrow(AppStateError);
});
