import type { GroupAssignor, GroupConsumer, KafkaClient } from "@millrace/kafka-client";
import { Deferred } from "@millrace/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import { AppClosedError } from "./app-errors.js";
import type { StreamsAppOptions } from "./app-options.js";
import { StreamsApp } from "./streams-app.js";

const SESSION_MS = 45_000;
let harness: AppHarness;
const apps: StreamsApp[] = [];
const strangers: GroupConsumer[] = [];

beforeEach(async () => {
  harness = new AppHarness();
  await harness.createTopics({ in: 1, out: 1 });
  await harness.produce("in", [{ key: "a", value: "1" }]);
});

afterEach(async () => {
  for (const app of apps.splice(0)) await harness.run(app.close());
  for (const stranger of strangers.splice(0)) await harness.run(stranger.close());
  await harness.run(harness.cluster.close());
});

function makeApp(options: Partial<StreamsAppOptions> = {}): StreamsApp {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  const app = new StreamsApp(builder.build(), {
    ...{ applicationId: "app", client: harness.cluster, environment: harness.environment },
    ...{ commitIntervalMs: 100, ...options },
  });
  apps.push(app);
  return app;
}

/** A member of the app's group whose protocol is that of Kafka Streams in Java. */
async function joinAsStranger(): Promise<GroupConsumer> {
  const assignor: GroupAssignor = {
    ...{
      name: "stream",
      version: 0,
      protocol: "eager",
      subscriptionUserData: () => null,
      onAssignment: () => undefined,
    },
    assign: (_cluster, members) =>
      Promise.resolve(new Map(members.map(({ memberId }) => [memberId, { partitions: [], userData: null }]))),
  };
  const consumer = harness.cluster.groupConsumer({
    ...{ groupId: "app", clientId: "java", isolation: "read_committed", offsetReset: { fallback: "earliest" } },
    sessionTimeoutMs: SESSION_MS,
  });
  strangers.push(consumer);
  let joined = false;
  const onAssigned = (): Promise<void> => {
    joined = true;
    return Promise.resolve();
  };
  const nothing = (): Promise<void> => Promise.resolve();
  consumer.subscribe(["in"], assignor, { onAssigned, onRevoked: nothing, onLost: nothing });
  while (!joined) await harness.run(consumer.poll(100));
  return consumer;
}

const pass = (ms: number): Promise<void> => harness.environment.scheduler.advanceBy(ms);
const warnings = () =>
  harness.environment.logger.lines.filter(({ level, message }) => level === "warn" && message.includes("members"));

test("an app waits for a member of another kind to leave its group, and says whom it waits for", async () => {
  const stranger = await joinAsStranger();
  const app = makeApp();
  const started = app.start();
  await pass(60_000);
  expect(app.state).toBe("REBALANCING");
  expect(warnings().length).toBeGreaterThan(4);
  expect(warnings().length).toBeLessThan(8);
  expect(warnings().at(-1)?.fields).toMatchObject({ groupId: "app", members: ["java"], waitedMs: expect.any(Number) });
  await harness.run(stranger.close());
  await harness.run(started);
  await harness.run(app.caughtUp());
  expect(await harness.read("out")).toEqual([["a", "1"]]);
});

test("an app goes on when the session of one that was stopped without leaving has ended", async () => {
  const stranger = await joinAsStranger();
  await harness.run(stranger.close({ leave: false }));
  const app = makeApp();
  const started = app.start();
  await pass(SESSION_MS - 5_000);
  expect(app.state).toBe("REBALANCING");
  await pass(10_000);
  expect(app.state).toBe("RUNNING");
  await harness.run(started);
});

test("an app gives up after taskTimeoutMs, and names who was in the group", async () => {
  await joinAsStranger();
  const app = makeApp({ taskTimeoutMs: 20_000 });
  const started = app.start();
  started.catch(() => undefined);
  await pass(19_000);
  expect(app.state).toBe("REBALANCING");
  await pass(2_000);
  expect(app.state).toBe("ERROR");
  await expect(started).rejects.toMatchObject({
    ...{ code: "MILLRACE_GROUP_OCCUPIED", members: ["java"], cause: { code: "MILLRACE_GROUP_PROTOCOL" } },
    message: expect.stringContaining("members (java) for 20000 ms"),
  });
});

test.each(["at-least-once", "exactly-once"] as const)(
  "an app that waits for its group can be closed at once, %s",
  async (processingGuarantee) => {
    await joinAsStranger();
    const app = makeApp({ processingGuarantee });
    const started = app.start();
    started.catch(() => undefined);
    await pass(5_000);
    expect(await harness.run(app.close({ timeoutMs: 100 }))).toBe(true);
    expect(app.state).toBe("NOT_RUNNING");
    await expect(started).rejects.toThrow(AppClosedError);
  },
);

test("an app that replaces its workers goes on waiting", async () => {
  const stranger = await joinAsStranger();
  const app = makeApp({ taskTimeoutMs: 5_000, onUncaughtError: () => "replace-worker" });
  const started = app.start();
  await pass(30_000);
  expect(app.state).toBe("REBALANCING");
  await harness.run(stranger.close());
  await harness.run(started);
});

test("an app that lost its place to a member of another kind waits for it to go, and goes on", async () => {
  let gate: Deferred<void> | null = null;
  const client = overlay(harness.cluster as KafkaClient, {
    groupConsumer: (config) => {
      const consumer = harness.cluster.groupConsumer(config);
      const poll = async (maxWaitMs: number) => {
        await gate?.promise;
        return consumer.poll(maxWaitMs);
      };
      return overlay(consumer, { poll, tryPoll: () => (gate === null ? consumer.tryPoll() : null) });
    },
  });
  const app = makeApp({ client, maxPollIntervalMs: 5_000 });
  await harness.run(app.start());
  await harness.run(app.caughtUp());
  gate = new Deferred();
  await pass(10_000);
  const stranger = await joinAsStranger();
  gate.resolve();
  gate = null;
  await pass(5_000);
  expect(app.state).toBe("REBALANCING");
  expect(warnings()).toHaveLength(1);
  await harness.run(stranger.close());
  await harness.until(() => app.state === "RUNNING");
  await harness.produce("in", [{ key: "b", value: "2" }]);
  await harness.run(app.caughtUp());
  expect(await harness.read("out")).toEqual([
    ["a", "1"],
    ["b", "2"],
  ]);
});
