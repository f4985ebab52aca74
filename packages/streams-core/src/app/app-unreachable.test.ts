import { tp, type TopicPartition } from "@millrace/kafka-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import { UnreachableClient } from "../testing/unreachable-client.js";
import type { Topology } from "../topology/index.js";
import { AppClosedError } from "./app-errors.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { StreamsApp } from "./streams-app.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
const all = (): boolean => true;
const none = (): boolean => false;
let harness: AppHarness;
let cluster: UnreachableClient;

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40 });
  cluster = new UnreachableClient(harness.cluster);
});

afterEach(async () => {
  cluster.fails = none;
  await harness.close();
});

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

function makeApp(options: Partial<StreamsAppOptions> = {}): StreamsApp {
  return harness.makeApp(counting(), { client: cluster.client, cacheMaxBytes: 0, ...options });
}

const warnings = (): number => harness.environment.logger.lines.filter(({ level }) => level === "warn").length;
const pass = (ms: number): Promise<void> => harness.environment.scheduler.advanceBy(ms);
const keyed = (...keys: readonly string[]) => keys.map((key) => ({ key, value: key }));

describe.each(guarantees)("a cluster that does not answer, %s", (processingGuarantee) => {
  test("at the start is waited for, and complained of every ten seconds", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    cluster.fails = all;
    const app = makeApp({ processingGuarantee, taskTimeoutMs: 1_000 });
    const started = app.start();
    await pass(60_000);
    expect(app.state).toBe("REBALANCING");
    expect(warnings()).toBeGreaterThan(4);
    expect(warnings()).toBeLessThan(8);
    cluster.fails = none;
    await harness.run(started);
    expect(app.state).toBe("RUNNING");
  });

  test.each(["cluster.clusterId", "admin.describeTopics", "producer.init", "consumer.poll", "consumer.committed"])(
    "can be given up at any time: %s",
    async (request) => {
      await harness.createTopics({ in: 1, out: 1 });
      cluster.fails = (name) => name === request;
      const app = makeApp({ processingGuarantee });
      const started = app.start();
      await pass(5_000);
      expect(cluster.failures.get(request)).toBeGreaterThan(1);
      expect(await harness.run(app.close({ timeoutMs: 500 }))).toBe(true);
      await expect(started).rejects.toThrow(AppClosedError);
    },
  );

  test("later is waited for, with nothing lost and, under exactly-once, nothing doubled", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = makeApp({ processingGuarantee });
    await harness.run(app.start());
    await harness.produce("in", keyed("a", "b"));
    await harness.run(app.caughtUp());
    cluster.fails = all;
    await pass(30_000);
    expect(app.state).toBe("REBALANCING");
    await harness.produce("in", keyed("a", "c"));
    await pass(30_000);
    cluster.fails = none;
    await harness.until(() => app.state === "RUNNING");
    await harness.run(app.caughtUp());
    expect(await harness.readTable("out", long)).toEqual({ a: 2, b: 1, c: 1 });
  });

  test("in the middle of a commit leads to a new start from the last commit", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = makeApp({ processingGuarantee });
    await harness.run(app.start());
    let left = 8;
    cluster.fails = (name) => ["producer.flush", "producer.commit", "consumer.commit"].includes(name) && left-- > 0;
    await harness.produce("in", keyed("a", "b", "a"));
    await harness.until(() => left <= 0 && app.state === "RUNNING");
    await harness.run(app.caughtUp());
    const updates = await harness.read("out", long);
    if (processingGuarantee === "exactly-once") {
      expect(updates).toEqual([
        ["a", 1],
        ["b", 1],
        ["a", 2],
      ]);
    } else expect(updates.map(([key]) => key)).toContain("b");
  });

  test("ends the app when work cannot go on for taskTimeoutMs (R4)", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = makeApp({ processingGuarantee, taskTimeoutMs: 20_000 });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    const refused = processingGuarantee === "exactly-once" ? "producer.sendOffsets" : "consumer.commit";
    cluster.fails = (name) => name === refused;
    await harness.produce("in", keyed("a"));
    await pass(15_000);
    expect(errors).toEqual([]);
    await pass(15_000);
    expect(app.state).toBe("ERROR");
    expect(errors.at(-1)).toMatchObject({ code: "MILLRACE_TASK_TIMEOUT", cause: { code: "MILLRACE_RETRIABLE" } });
  });

  test("for one task is waited for by that task alone (R4)", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    cluster.fails = (name, [partitions]) =>
      name === "consumer.committed" && (partitions as readonly TopicPartition[]).includes(tp("in", 1));
    const app = makeApp({ processingGuarantee, taskTimeoutMs: 60_000 });
    const started = app.start();
    const two = [...keyed("a"), { key: "b", value: "b", partition: 1 }];
    await harness.produce("in", two);
    await pass(10_000);
    expect(app.state).toBe("REBALANCING");
    expect(await harness.readTable("out", long)).toEqual({ a: 1 });
    cluster.fails = none;
    await harness.run(started);
    await harness.run(app.caughtUp());
    expect(await harness.readTable("out", long)).toEqual({ a: 1, b: 1 });
  });

  test("for one task ends the app after taskTimeoutMs (R4)", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    cluster.fails = (name) => name === "consumer.committed";
    const app = makeApp({ processingGuarantee, taskTimeoutMs: 10_000 });
    await expect(harness.run(app.start())).rejects.toThrow(/^Task 0_[01] could not go on for 10000 ms/u);
  });
});
