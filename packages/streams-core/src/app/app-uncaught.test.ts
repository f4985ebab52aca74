import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import type { StreamsApp } from "./streams-app.js";

const guarantees = ["at-least-once", "exactly-once"] as const;
let harness: AppHarness;
const errors = new Map<StreamsApp, unknown[]>();

beforeEach(() => {
  harness = new AppHarness({ transactionMarkerDelayMs: 40 });
});

afterEach(() => harness.close());

/** Copies "in" to "out", through a repartition topic if `grouped`; "bad" throws. */
function copying(grouped = false): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const checked = builder.stream("in").peek((_, value) => {
    if (value === "bad") throw new Error("bad value");
  });
  (grouped ? checked.repartition() : checked).to("out");
  return builder.build();
}

function makeApp(topology: Topology, options: Partial<StreamsAppOptions> = {}): StreamsApp {
  const app = harness.makeApp(topology, options);
  const heard: unknown[] = [];
  errors.set(app, heard);
  app.onError((error) => heard.push(error));
  return app;
}

const rows = (partition: number, ...values: readonly string[]) =>
  values.map((value) => ({ key: value, value, partition }));

describe.each(guarantees)("an error nobody has taken care of (R22), %s", (processingGuarantee) => {
  test("ends this app alone by default, and the others get its tasks", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    let broken = true;
    const options = {
      processingGuarantee,
      errors: { processing: () => (broken ? "fail" : "continue") as "fail" | "continue" },
    };
    const one = makeApp(copying(), { ...options, instanceId: "one" });
    await harness.run(one.start());
    const two = makeApp(copying(), { ...options, instanceId: "two" });
    await harness.run(two.start());
    await harness.until(() => one.state === "RUNNING" && two.state === "RUNNING");
    await harness.produce("in", rows(0, "bad"));
    await harness.until(() => one.state === "ERROR" || two.state === "ERROR");
    broken = false;
    const left = one.state === "ERROR" ? two : one;
    await harness.until(() => left.state === "RUNNING");
    await harness.produce("in", [...rows(0, "x"), ...rows(1, "y")]);
    await harness.run(left.caughtUp());
    expect((await harness.read("out")).map(([key]) => key).sort()).toEqual(["x", "y"]);
  });

  test("ends every app of the group when it says shutdown-application", async () => {
    await harness.createTopics({ in: 3, out: 1 });
    const started: StreamsApp[] = [];
    for (const instanceId of ["one", "two", "three"]) {
      const app = makeApp(copying(), {
        ...{ processingGuarantee, instanceId },
        onUncaughtError: () => "shutdown-application",
      });
      await harness.run(app.start());
      started.push(app);
    }
    await harness.until(() => started.every(({ state }) => state === "RUNNING"));
    await harness.produce("in", rows(1, "bad"));
    await harness.until(() => started.every(({ state }) => state === "ERROR"));
    const codes = started.map((app) => (errors.get(app)!.at(-1) as { code: string }).code);
    expect(codes.sort()).toEqual([
      "MILLRACE_APPLICATION_SHUTDOWN",
      "MILLRACE_APPLICATION_SHUTDOWN",
      "MILLRACE_PROCESSING",
    ]);
  });
});

describe("topics that change while apps run", () => {
  test("a source topic that is deleted ends them with the name of the topic", async () => {
    await harness.createTopics({ in: 2, out: 1 });
    const app = makeApp(copying());
    await harness.run(app.start());
    await harness.run(harness.cluster.admin().deleteTopics(["in"]));
    await harness.until(() => app.state === "ERROR");
    expect(errors.get(app)!.at(-1)).toMatchObject({ code: "MILLRACE_MISSING_SOURCE_TOPIC", topics: ["in"] });
  });

  test("a source topic that grows is read whole where nothing depends on its count", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = makeApp(copying());
    await harness.run(app.start());
    await harness.run(harness.cluster.admin().createPartitions("in", 3));
    await harness.produce("in", rows(2, "x"));
    await harness.until(() => app.state === "REBALANCING");
    await harness.until(() => app.state === "RUNNING");
    await harness.run(app.caughtUp());
    expect(await harness.read("out")).toEqual([["x", "x"]]);
  });

  test("a source topic that grows beyond its repartition topic ends them with what to do", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const app = makeApp(copying(true));
    await harness.run(app.start());
    await harness.run(harness.cluster.admin().createPartitions("in", 3));
    await harness.until(() => app.state === "ERROR");
    expect(errors.get(app)!.at(-1)).toMatchObject({
      code: "MILLRACE_TOPICS_REFUSED",
      message: expect.stringMatching(/has 1 partitions, the topology needs 3/u),
    });
  });

  describe.each(guarantees)("a changelog that is deleted, %s,", (processingGuarantee) => {
    async function startCounting(instanceId: string): Promise<StreamsApp> {
      const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
      builder.stream("in").groupByKey().count({ store: "counts" });
      const app = makeApp(builder.build(), { processingGuarantee, instanceId });
      await harness.run(app.start());
      return app;
    }

    test("ends the app with the next write: there is nowhere to keep it", async () => {
      await harness.createTopics({ in: 1 });
      const app = await startCounting("one");
      await harness.produce("in", rows(0, "x"));
      await harness.run(app.caughtUp());
      await harness.run(harness.cluster.admin().deleteTopics(["app-counts-changelog"]));
      await harness.produce("in", rows(0, "y"));
      await harness.until(() => app.state === "ERROR");
      expect(String(errors.get(app)!.at(-1))).toMatch(/app-counts-changelog/u);
    });

    test("and made anew ends the apps at the next rebalance: older rows are not in it", async () => {
      await harness.createTopics({ in: 1 });
      const app = await startCounting("one");
      await harness.produce("in", rows(0, "x"));
      await harness.run(app.caughtUp());
      const admin = harness.cluster.admin();
      await harness.run(admin.deleteTopics(["app-counts-changelog"]));
      await harness.run(admin.createTopics([{ name: "app-counts-changelog", partitions: 1 }]));
      await harness.produce("in", rows(0, "y"));
      await harness.run(app.caughtUp());
      await startCounting("two").catch(() => undefined);
      await harness.until(() => app.state === "ERROR");
      expect(errors.get(app)!.at(-1)).toMatchObject({
        code: "MILLRACE_TOPICS_REFUSED",
        message: expect.stringMatching(/app-counts-changelog was deleted and made anew/u),
      });
    });
  });

  test("an internal topic of another cleanup policy is used, and warned of", async () => {
    await harness.createTopics({ in: 1, out: 1 });
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder.stream("in").groupByKey().count({ store: "counts" });
    await harness.run(
      harness.cluster
        .admin()
        .createTopics([{ name: "app-counts-changelog", partitions: 1, config: { "cleanup.policy": "delete" } }]),
    );
    await harness.run(makeApp(builder.build()).start());
    expect(harness.environment.logger.lines.map(({ message }) => message)).toContainEqual(
      expect.stringContaining("app-counts-changelog has cleanup.policy delete"),
    );
  });
});
