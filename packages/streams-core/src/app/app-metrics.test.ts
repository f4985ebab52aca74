import { readFileSync } from "node:fs";
import type { MetricValue } from "@millrace/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import type { Processor, ProcessorContext } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import type { Topology } from "../topology/index.js";
import { queryable } from "./queries/queryable.js";
import { StreamsApp } from "./streams-app.js";

let harness: AppHarness;
const apps: StreamsApp[] = [];

beforeEach(async () => {
  harness = new AppHarness();
  await harness.createTopics({ in: 1, out: 1 });
});

afterEach(async () => {
  for (const app of apps.splice(0)) await harness.run(app.close());
  await harness.run(harness.cluster.close());
});

/** Fires every ten seconds of the wall clock, and hands records on. */
class Ticking implements Processor<string, string, string, string> {
  #context!: ProcessorContext<string, string>;

  init(context: ProcessorContext<string, string>): void {
    this.#context = context;
    context.schedule({ intervalMs: 10_000, type: "wall-clock" }, () => undefined);
  }

  process(record: Parameters<Processor<string, string, string, string>["process"]>[0]): void {
    this.#context.forward(record);
  }
}

function counting(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream("in")
    .process(() => new Ticking())
    .groupByKey()
    .count({ store: "counts" })
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  return builder.build();
}

async function startApp(): Promise<StreamsApp> {
  const app = new StreamsApp(counting(), {
    ...{ applicationId: "app", client: harness.cluster, environment: harness.environment },
    ...{ commitIntervalMs: 100, standbyReplicas: 1 },
  });
  apps.push(app);
  await harness.run(app.start());
  return app;
}

const startMs = 1_700_000_000_000;
const at = (key: string, seconds: number) => ({ key, value: "v", timestamp: startMs + seconds * 1_000 });

/** Values by `group name tags`, the tags' values left out. */
function named(metrics: readonly MetricValue[]): Map<string, number[]> {
  const byName = new Map<string, number[]>();
  for (const { group, name, tags, value } of metrics) {
    const key = [group, name, Object.keys(tags).sort().join(", ")].join(" | ");
    byName.set(key, [...(byName.get(key) ?? []), value]);
  }
  return byName;
}

test("the page of metrics names what an app gives, and nothing else", async () => {
  const page = readFileSync(new URL("../../../../docs/metrics.md", import.meta.url), "utf8");
  const rows = page.split("\n").filter((line) => /^\| (stream|state)-/u.test(line));
  const described = rows.map((row) => {
    const [group, name, tags] = row
      .split("|")
      .slice(1)
      .map((cell) => cell.trim());
    return [group, name, tags].join(" | ");
  });
  await harness.produce("in", [at("a", 1)]);
  const app = await startApp();
  await startApp();
  await harness.run(app.caughtUp());
  // Nobody need follow them: that they can be followed is what is counted.
  app.changes(queryable.keyValue<string, number>("counts"));
  await harness.environment.scheduler.advanceBy(20_000);
  await harness.produce("in", [at("b", 2)]);
  await harness.environment.scheduler.advanceBy(20_000);
  expect([...named(app.metrics()).keys()].sort()).toEqual(described.sort());
});

test("what an app does is counted and measured", async () => {
  await harness.produce("in", [at("a", 0), at("a", 9), at("b", 6), at("a", 10)]);
  const app = await startApp();
  await harness.run(app.caughtUp());
  const metrics = named(app.metrics());
  const value = (group: string, name: string, tags = "task"): number | undefined =>
    metrics.get([group, name, tags].join(" | "))?.[0];
  expect({
    processed: value("stream-worker", "process-total", "client"),
    byTask: metrics.get("stream-task | process-total | task"),
    consumed: metrics.get("stream-topic | records-consumed-total | task, topic"),
    produced: metrics.get("stream-topic | records-produced-total | task, topic"),
    bytes: metrics.get("stream-topic | bytes-produced-total | task, topic"),
    late: [value("stream-task", "record-lateness-avg"), value("stream-task", "record-lateness-max")],
    keys: value("stream-store", "num-keys", "store, task"),
    waiting: [value("stream-task", "active-buffer-count"), value("stream-topic", "records-lag", "task, topic")],
    restoring: value("stream-task", "restore-remaining-records-total"),
  }).toEqual({
    processed: 8,
    byTask: [4, 4],
    consumed: [4, 4],
    // First through the repartition topic, "a" or "b" and "v"; then, by the commit, the count of each key in eight bytes.
    produced: [4, 2],
    bytes: [8, 18],
    late: [0.75 * 1_000, 3_000],
    keys: 2,
    waiting: [0, 0],
    restoring: 0,
  });
  expect(value("stream-worker", "commit-total", "client")).toBeGreaterThan(0);
  expect(value("stream-task", "process-rate")).toBeGreaterThan(0);
  expect(value("stream-worker", "poll-ratio", "client")).toBeGreaterThan(0);
  expect(value("stream-task", "punctuate-total")).toBe(0);
  await harness.environment.scheduler.advanceBy(25_000);
  const later = named(app.metrics());
  expect(later.get("stream-task | punctuate-total | task")).toEqual([2, 0]);
});

test("what is measured of tasks and workers goes with them, what was counted stays", async () => {
  await harness.produce("in", [at("a", 0)]);
  const app = await startApp();
  await harness.run(app.caughtUp());
  await harness.run(app.close());
  const left = app.metrics().filter(({ group }) => group !== "state-stores");
  const counters = /-total$|^records-dropped-by/u;
  expect(left.map(({ name }) => name).filter((name) => !counters.test(name))).toEqual([]);
  const names = left.map(({ name }) => name);
  expect(names).toContain("process-total");
  expect(names).not.toContain("cache-size-bytes-total");
  expect(names).not.toContain("restore-remaining-records-total");
});
