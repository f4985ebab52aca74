import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KafkaClient } from "@millrace/kafka-client";
import { Deferred } from "@millrace/kernel";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { MissingSourceTopicError } from "../runtime/worker-errors.js";
import { AppHarness } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import { Topology } from "../topology/index.js";
import {
  AppClosedError,
  AppOptionsError,
  AppStateError,
  CopartitionError,
  InternalTopicError,
  UnknownStoreError,
} from "./app-errors.js";
import type { CloseOptions } from "./app-life.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { AppState } from "./app-state.js";
import { queryable } from "./queries/queryable.js";

const text = { key: serdes.string, value: serdes.string };
let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(async () => {
  await harness.close();
  expect(harness.environment.scheduler.holds).toBe(0);
});

function copy(from: string | RegExp = "in"): Topology {
  return new Topology(text)
    .addSource({ name: "source", topics: from })
    .addSink({ name: "sink", topic: "out", parents: ["source"] });
}

function table(): Topology {
  const builder = new StreamsBuilder(text);
  builder
    .table("in", { store: "rows" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.string) });
  return builder.build();
}

function grouped(): Topology {
  const builder = new StreamsBuilder(text);
  builder
    .stream("in")
    .groupBy((_, value) => value)
    .count({ store: "counts" });
  return builder.build();
}

describe("states", () => {
  test("go from CREATED to RUNNING to NOT_RUNNING", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy());
    const seen: AppState[] = [];
    const unsubscribe = app.onStateChange((state) => seen.push(state));
    expect(app.state).toBe("CREATED");
    await harness.run(app.start());
    unsubscribe();
    app.onStateChange((state, previous) => seen.push(previous, state));
    await harness.run(app.close());
    expect(seen).toEqual(["REBALANCING", "RUNNING", "RUNNING", "PENDING_SHUTDOWN", "PENDING_SHUTDOWN", "NOT_RUNNING"]);
  });

  test("closed twice, both wait for the end and the second changes nothing", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy());
    await harness.run(app.start());
    expect(await harness.run(Promise.all([app.close(), app.close()]))).toEqual([true, true]);
    expect(await harness.run(app.close())).toBe(true);
    expect(app.state).toBe("NOT_RUNNING");
  });

  test("closed before it was started, it cannot be started", async () => {
    const app = harness.makeApp(copy());
    await harness.run(app.close());
    expect(app.state).toBe("NOT_RUNNING");
    await expect(app.start()).rejects.toThrow(AppStateError);
  });

  test("closed while it starts, start() says so", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy());
    const starting = app.start();
    const closing = app.close();
    await expect(harness.run(starting)).rejects.toThrow(AppClosedError);
    expect(await harness.run(closing)).toBe(true);
    expect(app.state).toBe("NOT_RUNNING");
  });

  test.each(["leave", undefined] as const)(
    "closed by a listener of its first state (%s), nothing starts",
    async (groupMembership) => {
      await harness.createTopics({ in: 1, out: 1 });
      const app = harness.makeApp(copy());
      const seen: AppState[] = [];
      let closed: Promise<boolean> | undefined;
      app.onStateChange((state) => {
        seen.push(state);
        if (state === "REBALANCING") closed = app.close(groupMembership === undefined ? {} : { groupMembership });
      });
      await expect(harness.run(app.start())).rejects.toThrow(AppClosedError);
      expect(await harness.run(closed!)).toBe(true);
      expect(seen).toEqual(["REBALANCING", "PENDING_SHUTDOWN", "NOT_RUNNING"]);
      expect(app.workers).toEqual([]);
    },
  );

  test("started twice, the second start is refused and the first goes on", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy());
    const starting = app.start();
    await expect(app.start()).rejects.toThrow(AppStateError);
    await harness.run(starting);
    expect(app.state).toBe("RUNNING");
  });

  test("the app holds the process from start to close", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const { scheduler } = harness.environment;
    const app = harness.makeApp(copy());
    expect(scheduler.holds).toBe(0);
    await harness.run(app.start());
    expect(scheduler.holds).toBe(1);
    await harness.run(app.close());
    expect(scheduler.holds).toBe(0);
  });

  test("a close that takes longer than its deadline answers false and goes on", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const released = new Deferred<void>();
    const { cluster } = harness;
    const slow = overlay<KafkaClient>(cluster, {
      groupConsumer: (config) => {
        const consumer = cluster.groupConsumer(config);
        return overlay(consumer, {
          close: async (options) => {
            await released.promise;
            await consumer.close(options);
          },
        });
      },
    });
    const app = harness.makeApp(copy(), { client: slow });
    await harness.run(app.start());
    expect(await harness.run(app.close({ timeoutMs: 500 }))).toBe(false);
    expect(app.state).toBe("PENDING_SHUTDOWN");
    expect(harness.environment.scheduler.holds).toBe(0);
    released.resolve();
    expect(await harness.run(app.close())).toBe(true);
  });

  test("a close while the cluster has not answered yet ends at once", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const silent = overlay<KafkaClient>(harness.cluster, { clusterId: () => new Deferred<string>().promise });
    const app = harness.makeApp(copy(), { client: silent });
    const starting = app.start();
    expect(await harness.run(app.close({ timeoutMs: 1 }))).toBe(true);
    await expect(starting).rejects.toThrow(AppClosedError);
  });

  test("closed while it restores, it ends and leaves a usable changelog", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const rows = Array.from({ length: 3_000 }, (_, row) => ({ key: `k${row}`, value: "v" }));
    await harness.produce("in", rows);
    const first = harness.makeApp(grouped(), { applicationId: "restoring" });
    await harness.run(first.start());
    await harness.run(first.caughtUp());
    await harness.run(first.close());
    const second = harness.makeApp(grouped(), { applicationId: "restoring" });
    let interrupted: boolean | null = null;
    second.onRestore({
      onRestoreStart: () => void second.close(),
      onRestoreEnd: (_, __, cut) => (interrupted = cut),
    });
    await expect(harness.run(second.start())).rejects.toThrow(AppClosedError);
    expect(second.state).toBe("NOT_RUNNING");
    expect(interrupted).not.toBeNull();
  });
});

describe("topics", () => {
  test.each([
    ["a topic that does not exist", "in", /Source topic in does not exist/],
    ["a pattern nothing matches", /in-.*/, /No topic matches/],
  ])("%s is refused by start()", async (_, from, message) => {
    await harness.createTopics({ out: 1 });
    const app = harness.makeApp(copy(from));
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    const started = harness.run(app.start());
    await expect(started).rejects.toThrow(MissingSourceTopicError);
    await expect(started).rejects.toThrow(message);
    expect(app.state).toBe("ERROR");
    expect(errors).toHaveLength(1);
  });

  test("topics joined by key need equal partition counts", async () => {
    await harness.createTopics({ left: 2, right: 3 });
    const topology = new Topology(text)
      .addSource({ name: "l", topics: "left" })
      .addSource({ name: "r", topics: "right" })
      .addProcessor({ name: "both", processor: () => ({ process() {} }), parents: ["l", "r"] });
    const physical = topology.physical();
    const copartitioned = {
      ...physical,
      subtopologies: [{ ...physical.subtopologies[0]!, copartitionGroups: [["left", "right"]] }],
    };
    topology.physical = () => copartitioned;
    await expect(harness.run(harness.makeApp(topology).start())).rejects.toThrow(CopartitionError);
  });

  test("internal topics get Kafka Streams' names, counts and settings", async () => {
    await harness.createTopics({ in: 3 });
    await harness.run(harness.makeApp(grouped()).start());
    const admin = harness.cluster.admin();
    const names = ["app-counts-repartition", "app-counts-changelog"];
    const described = await harness.run(admin.describeTopics(names));
    expect([...described].map(([name, info]) => [name, info?.partitions])).toEqual(names.map((name) => [name, 3]));
    const configs = await harness.run(admin.topicConfigs(names));
    expect(configs.get(names[0]!)).toMatchObject({ "cleanup.policy": "delete", "retention.ms": "-1" });
    expect(configs.get(names[1]!)).toMatchObject({ "cleanup.policy": "compact" });
  });

  test("an internal topic of another partition count is refused", async () => {
    await harness.createTopics({ in: 3, "app-counts-repartition": 2 });
    await expect(harness.run(harness.makeApp(grouped()).start())).rejects.toThrow(InternalTopicError);
  });

  test("a pattern reads what matches it, and topics that come later", async () => {
    await harness.createTopics({ "in-a": 1, out: 1 });
    const app = harness.makeApp(copy(/in-.*/));
    await harness.run(app.start());
    await harness.produce("in-a", [{ key: "k", value: "early" }]);
    await harness.createTopics({ "in-b": 1 });
    await harness.produce("in-b", [{ key: "k", value: "late" }]);
    await harness.environment.scheduler.advanceBy(1_000);
    await harness.run(app.caughtUp());
    expect((await harness.read("out")).map(([, value]) => value).sort()).toEqual(["early", "late"]);
  });

  test("repartition topics are purged of what was read and committed", async () => {
    await harness.createTopics({ in: 1 });
    await harness.produce("in", [
      { key: "k", value: "a" },
      { key: "k", value: "b" },
    ]);
    const app = harness.makeApp(grouped(), { repartitionPurgeIntervalMs: 1_000 });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    expect(await harness.read("app-counts-repartition")).toHaveLength(2);
    await harness.environment.scheduler.advanceBy(1_000);
    await harness.produce("in", [{ key: "k", value: "c" }]);
    await harness.run(app.caughtUp());
    await harness.environment.scheduler.advanceBy(2_000);
    expect(await harness.read("app-counts-repartition")).toHaveLength(0);
  });
});

describe("options", () => {
  test.each<[string, Partial<StreamsAppOptions>]>([
    ["an application id with a slash", { applicationId: "a/b" }],
    ["an empty application id", { applicationId: "" }],
    ["a negative commit interval", { commitIntervalMs: -1 }],
    ["a cache of NaN bytes", { cacheMaxBytes: Number.NaN }],
    ["an unknown guarantee", { processingGuarantee: "at-most-once" as "at-least-once" }],
  ])("%s is refused", (_, options) => {
    expect(() => harness.makeApp(copy(), options)).toThrow(AppOptionsError);
  });
});

describe("stores", () => {
  test("are read while the app runs", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    const app = harness.makeApp(table());
    const rows = app.store(queryable.keyValue<string, string>("rows"));
    await expect(rows.get("a")).rejects.toThrow(AppStateError);
    await harness.run(app.start());
    await harness.produce("in", [
      { key: "a", value: "1", partition: 0 },
      { key: "b", value: "2", partition: 1 },
    ]);
    await harness.run(app.caughtUp());
    expect([await rows.get("a"), await rows.get("b"), await rows.get("c")]).toEqual(["1", "2", null]);
    expect(await harness.run(rows.all().toArray())).toEqual([
      { key: "a", value: "1" },
      { key: "b", value: "2" },
    ]);
    expect(() => app.store(queryable.keyValue("none"))).toThrow(UnknownStoreError);
  });
});

describe("pause", () => {
  test("stops processing and punctuation, not membership, restoring and commits; resume goes on", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const ticks: number[] = [];
    const topology = copy().addProcessor({
      name: "ticking",
      processor: () => ({
        init: (context) =>
          void context.schedule({ intervalMs: 1_000, type: "wall-clock" }, (nowMs) => ticks.push(nowMs)),
        process() {},
      }),
      parents: ["source"],
    });
    const app = harness.makeApp(topology);
    app.pause();
    await harness.run(app.start());
    expect([app.state, app.isPaused]).toEqual(["RUNNING", true]);
    await harness.produce("in", [{ key: "k", value: "v" }]);
    await harness.environment.scheduler.advanceBy(60_000);
    expect([app.state, ticks, await harness.read("out")]).toEqual(["RUNNING", [], []]);
    app.resume();
    expect(app.isPaused).toBe(false);
    await harness.run(app.caughtUp());
    expect([ticks.length, await harness.read("out")]).toEqual([1, [["k", "v"]]]);
    app.pause();
    await harness.produce("in", [{ key: "k", value: "w" }]);
    await harness.environment.scheduler.advanceBy(5_000);
    expect([ticks.length, (await harness.read("out")).length]).toEqual([1, 1]);
  });

  test("holds no more than the buffers' worth of records, and lets the app close", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy(), { bufferedRecordsMax: 10 });
    await harness.run(app.start());
    app.pause();
    for (let batch = 0; batch < 20; batch++) {
      await harness.produce(
        "in",
        Array.from({ length: 10 }, () => ({ key: "k", value: "v" })),
      );
    }
    await harness.environment.scheduler.advanceBy(5_000);
    expect(await harness.run(app.close())).toBe(true);
    const again = harness.makeApp(copy());
    await harness.run(again.start());
    await harness.run(again.caughtUp());
    expect(await harness.read("out")).toHaveLength(200);
  });
});

describe("the group after a close", () => {
  test.each<[string, CloseOptions, Partial<StreamsAppOptions>, number]>([
    ["loses the member", {}, {}, 0],
    ["keeps a static member", {}, { groupInstanceId: "here" }, 1],
    ["keeps the member when asked to", { groupMembership: "remain" }, {}, 1],
    ["loses a static member when asked to", { groupMembership: "leave" }, { groupInstanceId: "here" }, 0],
  ])("%s", async (_, close, options, members) => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(copy(), options);
    await harness.run(app.start());
    await harness.run(app.close(close));
    const [group] = await harness.run(harness.cluster.admin().describeGroups(["app"]));
    expect(group?.members).toHaveLength(members);
  });
});
