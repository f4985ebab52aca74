import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KafkaClient } from "@millrace/kafka-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long } from "../testing/app-harness.js";
import { PausableEnvironment } from "../testing/pausable-environment.js";
import { overlay } from "../testing/simulator/overlay.js";
import { AppOptionsError, AppStateError } from "./app-errors.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { AppState } from "./app-state.js";
import type { StreamsApp } from "./streams-app.js";
import { wordCount } from "./word-count.fixture.js";
import { queryable } from "./queries/queryable.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
let harness: AppHarness;
let dir: string;

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40, realIo: true });
  dir = mkdtempSync(join(tmpdir(), "millrace-workers-"));
});

afterEach(async () => {
  await harness.close();
  expect(harness.environment.scheduler.holds).toBe(0);
  rmSync(dir, { recursive: true, force: true });
});

function makeApp(options: Partial<StreamsAppOptions> = {}): StreamsApp {
  return harness.makeApp(wordCount(), options);
}

const lines = (...values: readonly string[]) => values.map((value, partition) => ({ key: null, value, partition }));
const shares = (app: StreamsApp): readonly number[] => app.workers.map(({ tasks }) => tasks.length);
const members = async () => {
  const [group] = await harness.run(harness.cluster.admin().describeGroups(["app"]));
  return group?.members ?? [];
};

describe.each(guarantees)("workers of one app, %s", (processingGuarantee) => {
  test("share the tasks and the state directory as they come and go, and count right", async () => {
    await harness.createTopics({ lines: 4, counts: 1 });
    const app = makeApp({ processingGuarantee, workers: 2, stateDir: dir });
    const states: AppState[] = [];
    app.onStateChange((state) => states.push(state));
    await harness.run(app.start());
    expect(shares(app)).toEqual([4, 4]);
    expect(states).toEqual(["REBALANCING", "RUNNING"]);
    await harness.produce("lines", lines("a b", "b c", "c d", "d a"));
    await harness.run(app.caughtUp());

    await harness.run(app.addWorker());
    await harness.until(() => app.state === "RUNNING");
    expect([...shares(app)].sort()).toEqual([2, 3, 3]);
    await harness.produce("lines", lines("a b", "b c", "c d", "d a"));
    await harness.run(app.caughtUp());

    await harness.run(app.removeWorker());
    await harness.run(app.removeWorker());
    await harness.until(() => app.state === "RUNNING" && shares(app)[0] === 8);
    expect(app.workers).toMatchObject([{ index: 0, state: "RUNNING" }]);
    await harness.produce("lines", lines("a b", "b c", "c d", "d a"));
    await harness.run(app.caughtUp());
    expect(await harness.readTable("counts", long)).toEqual({ a: 6, b: 6, c: 6, d: 6 });
    const rows = app.store(queryable.keyValue("word-counts")).all();
    expect(await harness.run(rows.toArray())).toHaveLength(4);
  });

  test("a task whose worker the group has lost is opened by another one when it was let go of", async () => {
    await harness.createTopics({ lines: 2, counts: 1 });
    const world = new PausableEnvironment(harness.environment);
    const stalling = harness.cluster.connect(world.environment);
    const client = overlay<KafkaClient>(harness.cluster, {
      groupConsumer: (config) =>
        config.clientId?.endsWith("-0") === true
          ? stalling.groupConsumer(config)
          : harness.cluster.groupConsumer(config),
    });
    const app = makeApp({ processingGuarantee, workers: 2, stateDir: dir, client });
    await harness.run(app.start());
    await harness.produce("lines", lines("a b", "b c"));
    await harness.run(app.caughtUp());
    // Worker 0 hears nothing for longer than a session: its tasks are given to worker 1 while it still has them open.
    world.pause();
    await harness.environment.scheduler.advanceBy(120_000);
    world.resume();
    await harness.produce("lines", lines("a b", "b c"));
    await harness.run(app.caughtUp());
    expect(await harness.readTable("counts", long)).toEqual({ a: 2, b: 4, c: 2 });
  });
});

test("a worker goes on while its fellow, of whom the group has heard nothing, has a copy of what it is to run", async () => {
  harness = new AppHarness();
  await harness.createTopics({ lines: 1, counts: 1 });
  const options: Partial<StreamsAppOptions> = {
    standbyReplicas: 1,
    maxPollIntervalMs: 20_000,
    sessionTimeoutMs: 6_000,
  };
  const first = makeApp(options);
  await harness.run(first.start());
  const worlds = [0, 1].map(() => new PausableEnvironment(harness.environment));
  const following: number[] = [];
  const client = overlay<KafkaClient>(harness.cluster, {
    groupConsumer: (config) => {
      const { environment } = worlds[Number(config.clientId?.at(-1))]!;
      return harness.cluster.connect(environment).groupConsumer(config);
    },
    restoreConsumer: (config) => {
      if (config.clientId?.endsWith("-standby") === true) following.push(Number(config.clientId.at(-9)));
      return harness.cluster.restoreConsumer(config);
    },
  });
  const second = makeApp({ ...options, workers: 2, client });
  await harness.run(second.start());
  await harness.produce("lines", lines("a b a"));
  await harness.until(() => following.length > 0);

  worlds[following[0]!]!.pause();
  await harness.environment.scheduler.advanceBy(10_000);
  await harness.run(first.close());
  await harness.environment.scheduler.advanceBy(10_000);
  worlds[following[0]!]!.resume();
  await harness.environment.scheduler.advanceBy(60_000);
  expect([second.state, second.workers.map(({ state }) => state)]).toEqual(["RUNNING", ["RUNNING", "RUNNING"]]);
  await harness.produce("lines", lines("b"));
  await harness.run(second.caughtUp());
  expect(await harness.readTable("counts", long)).toEqual({ a: 2, b: 2 });
});

test("a failure of one worker ends the app, all workers with it", async () => {
  await harness.createTopics({ lines: 2, counts: 1 });
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("lines")
    .mapValues((value) => {
      if (value === "poison") throw new RangeError("A poisonous line.");
      return value;
    })
    .to("counts");
  const app = harness.makeApp(builder.build(), { workers: 2 });
  const errors: unknown[] = [];
  app.onError((error) => errors.push(error));
  await harness.run(app.start());
  await harness.produce("lines", lines("a", "poison"));
  await harness.until(() => app.state === "ERROR");
  await harness.run(app.close());
  expect([errors.length, app.workers, await members()]).toEqual([1, [], []]);
});

test("static members are known by the worker's number", async () => {
  await harness.createTopics({ lines: 2, counts: 1 });
  const app = makeApp({ workers: 2, groupInstanceId: "here" });
  await harness.run(app.start());
  expect((await members()).map(({ instanceId }) => instanceId).sort()).toEqual(["here-0", "here-1"]);
});

test("workers are added to and taken from an app that runs, and the last one stays", async () => {
  await harness.createTopics({ lines: 2, counts: 1 });
  const app = makeApp();
  await expect(app.addWorker()).rejects.toThrow(AppStateError);
  await harness.run(app.start());
  await expect(app.removeWorker()).rejects.toThrow("no worker to spare");
  await harness.run(app.close());
  await expect(app.removeWorker()).rejects.toThrow(AppStateError);
});

test.each([0, -1, 1.5, Number.NaN])("%s workers are refused", (workers) => {
  expect(() => makeApp({ workers })).toThrow(AppOptionsError);
});
