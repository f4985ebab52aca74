import { RetriableError, type KafkaClient, type StreamsAdmin } from "@millrace/kafka-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness, long, type HarnessRecord } from "../testing/app-harness.js";
import { PausableEnvironment } from "../testing/pausable-environment.js";
import { overlay } from "../testing/simulator/overlay.js";
import type { Topology } from "../topology/index.js";
import { AppOptionsError } from "./app-errors.js";
import type { StreamsAppOptions } from "./app-options.js";
import { StreamsApp } from "./streams-app.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
/** Longer than the session of a member that is heard of no more. */
const SESSION_MS = 60_000;
const KEYS = 40;
let harness: AppHarness;
const instances: Instance[] = [];

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40 });
});

afterEach(async () => {
  for (const { world, app } of instances.splice(0)) {
    world.resume();
    await harness.run(app.close());
  }
  await harness.run(harness.cluster.close());
});

/** An app in a world that can stop, and what it was seen to do. */
class Instance {
  readonly world: PausableEnvironment;
  readonly app: StreamsApp;
  /** Rows restored into own tasks, rows applied to standbys, by store. */
  restored = 0;
  followed = 0;
  readonly ended: string[] = [];

  constructor(options: Partial<StreamsAppOptions>, topology: Topology) {
    this.world = new PausableEnvironment(harness.environment);
    const client: KafkaClient = harness.cluster.connect(this.world.environment);
    this.app = new StreamsApp(topology, {
      applicationId: "app",
      client,
      environment: this.world.environment,
      commitIntervalMs: 100,
      ...options,
    });
    this.app.onRestore({ onRestoreBatch: (_, __, rows) => (this.restored += rows) });
    this.app.onStandbyUpdate({
      onStandbyBatch: (_, __, rows) => (this.followed += rows),
      onStandbyEnd: ({ taskId }, _, reason) => this.ended.push(`${taskId} ${reason}`),
    });
    instances.push(this);
  }
}

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").groupByKey().count({ store: "counts" }).toStream().to("out", { value: serdes.long });
  return builder.build();
}

const instance = (options: Partial<StreamsAppOptions> = {}): Instance => new Instance(options, counting());

const rows = (times: number): readonly HarnessRecord[] =>
  Array.from({ length: KEYS * times }, (_, at) => ({ key: `k${at % KEYS}`, value: "x", partition: at % 2 }));

const counts = (each: number): Record<string, number> =>
  Object.fromEntries(
    Array.from({ length: KEYS }, (_, at): [string, number] => [`k${at}`, each]).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const tasksOf = ({ app }: Instance): readonly string[] => app.workers.flatMap(({ tasks }) => tasks).sort();

/** A cluster that cannot tell offsets of logs at first, so many times. */
function refusingOffsets(client: KafkaClient, times: number): KafkaClient {
  let left = times;
  const listOffsets: StreamsAdmin["listOffsets"] = (...args) =>
    left-- > 0 ? Promise.reject(new RetriableError("Not now.")) : client.admin().listOffsets(...args);
  return overlay(client, { admin: () => overlay(client.admin(), { listOffsets }) });
}

describe.each(guarantees)("standbys, %s", (processingGuarantee) => {
  const options = { processingGuarantee, standbyReplicas: 1, applicationServer: "here:1" };

  test("follow the changelogs of tasks elsewhere; when an instance dies, another goes on from them", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    const one = instance(options);
    await harness.run(one.app.start());
    const two = instance({ ...options, applicationServer: "there:2" });
    await harness.run(two.app.start());
    await harness.until(() => tasksOf(one).length === 1 && tasksOf(two).length === 1);
    await harness.produce("in", rows(3));
    await harness.run(Promise.all([one.app.caughtUp(), two.app.caughtUp()]));
    await harness.environment.scheduler.advanceBy(2_000);
    expect([one.followed, two.followed].every((followed) => followed >= KEYS / 2)).toBe(true);
    expect(one.app.instances().map(({ host, active, standby }) => [host, active, standby])).toEqual(
      expect.arrayContaining([
        ["here:1", tasksOf(one), tasksOf(two)],
        ["there:2", tasksOf(two), tasksOf(one)],
      ]),
    );

    const lost = tasksOf(one);
    one.world.pause();
    await harness.environment.scheduler.advanceBy(SESSION_MS);
    await harness.until(() => tasksOf(two).length === 2 && two.app.state === "RUNNING");
    expect(two.ended).toContain(`${lost[0]} promoted`);
    expect(two.restored).toBeLessThanOrEqual(2);

    await harness.produce("in", rows(1));
    await harness.run(two.app.caughtUp());
    expect(await harness.readTable("out", long)).toEqual(counts(4));
  });

  test("take their place again when the task moves on: what was its own becomes a copy", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    const one = instance(options);
    await harness.run(one.app.start());
    await harness.produce("in", rows(2));
    await harness.run(one.app.caughtUp());
    const two = instance(options);
    await harness.run(two.app.start());
    await harness.until(() => tasksOf(one).length === 1 && tasksOf(two).length === 1);
    await harness.produce("in", rows(1));
    await harness.run(Promise.all([one.app.caughtUp(), two.app.caughtUp()]));
    await harness.environment.scheduler.advanceBy(2_000);
    // Half of the keys, once: its own copy of the rest is still there.
    expect(one.followed).toBeLessThanOrEqual(KEYS / 2 + 1);
    expect(one.followed).toBeGreaterThanOrEqual(KEYS / 2);
    await harness.run(two.app.close());
    await harness.until(() => tasksOf(one).length === 2 && one.app.state === "RUNNING");
    expect(one.restored).toBeLessThanOrEqual(2);
    await harness.produce("in", rows(1));
    await harness.run(one.app.caughtUp());
    expect(await harness.readTable("out", long)).toEqual(counts(4));
  });

  test("warm a new instance up before tasks move there; nothing stands still meanwhile", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    const patient = { processingGuarantee, acceptableRecoveryLag: 5, probingRebalanceIntervalMs: 3_600_000 };
    const one = instance(patient);
    await harness.run(one.app.start());
    await harness.produce("in", rows(3));
    await harness.run(one.app.caughtUp());

    const two = instance(patient);
    await harness.run(two.app.start());
    expect(tasksOf(two)).toEqual([]);
    expect(tasksOf(one)).toEqual(["0_0", "0_1"]);
    await harness.until(() => tasksOf(two).length === 1 && two.app.state === "RUNNING");
    expect(two.followed).toBeGreaterThanOrEqual(KEYS / 2);
    expect(two.restored).toBeLessThanOrEqual(5);
    expect(two.ended).toEqual([`${tasksOf(two)[0]} promoted`]);
    await harness.produce("in", rows(1));
    await harness.run(Promise.all([one.app.caughtUp(), two.app.caughtUp()]));
    expect(await harness.readTable("out", long)).toEqual(counts(4));
  });

  test("that cannot be set up at once do not keep the task from being taken over", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const one = instance(options);
    await harness.run(one.app.start());
    await harness.produce(
      "in",
      rows(1).map((row) => ({ ...row, partition: 0 })),
    );
    await harness.run(one.app.caughtUp());
    const two = instance({ ...options, client: refusingOffsets(harness.cluster, 3) });
    await harness.run(two.app.start());
    await harness.until(() => two.followed >= KEYS);
    one.world.pause();
    await harness.environment.scheduler.advanceBy(SESSION_MS);
    await harness.until(() => tasksOf(two).length === 1 && two.app.state === "RUNNING");
    await harness.produce(
      "in",
      rows(1).map((row) => ({ ...row, partition: 0 })),
    );
    await harness.run(two.app.caughtUp());
    expect(await harness.readTable("out", long)).toEqual(counts(2));
  });

  test("of a table that is its own changelog stop where its task has committed", async () => {
    await harness.createTopics({ in: 1 });
    const table = (): Topology => {
      const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
      builder.table("in", { store: "rows" });
      return builder.build({ optimization: "all" });
    };
    const slow = { ...options, commitIntervalMs: 3_600_000 };
    const one = new Instance(slow, table());
    await harness.run(one.app.start());
    const two = new Instance(slow, table());
    await harness.run(two.app.start());
    await harness.environment.scheduler.advanceBy(5_000);
    const follower = tasksOf(one).length === 0 ? one : two;
    await harness.produce("in", [{ key: "a", value: "1" }]);
    await harness.environment.scheduler.advanceBy(5_000);
    expect(follower.followed).toBe(0);
    const runner = follower === one ? two : one;
    await harness.run(runner.app.caughtUp());
    await harness.environment.scheduler.advanceBy(5_000);
    expect(follower.followed).toBe(1);
  });
});

test("state of a task that runs elsewhere is deleted after a while", async () => {
  await harness.createTopics({ in: 2, out: 1 });
  const one = instance({ stateCleanupDelayMs: 10_000 });
  await harness.run(one.app.start());
  await harness.produce("in", rows(1));
  await harness.run(one.app.caughtUp());
  const two = instance({ stateCleanupDelayMs: 10_000 });
  await harness.run(two.app.start());
  await harness.until(() => tasksOf(one).length === 1 && tasksOf(two).length === 1);
  await harness.environment.scheduler.advanceBy(30_000);
  await harness.run(two.app.close());
  await harness.until(() => tasksOf(one).length === 2 && one.app.state === "RUNNING");
  // All rows of the task that came back: nothing of it was left here.
  expect(one.restored).toBe(KEYS / 2);
});

test.each([
  { standbyReplicas: -1 },
  { acceptableRecoveryLag: 0.5 },
  { maxWarmupReplicas: 0 },
  { applicationServer: "nowhere" },
  { applicationServer: "host:99999" },
  { stateCleanupDelayMs: Number.NaN },
])("options that cannot be right are refused: %o", (options) => {
  expect(() => instance(options)).toThrow(AppOptionsError);
});
