import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder, windows } from "../dsl/index.js";
import { logAndContinue } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { TopologyTestDriver } from "../testing/topology-test-driver.js";
import { TaskTimeoutError } from "../runtime/worker-errors.js";
import { LearningSerde, NotLearnedError } from "./learning-serde.fixture.js";

let harness: AppHarness;
beforeEach(() => {
  harness = new AppHarness();
});
afterEach(() => harness.close());

const row = (value: string, partition = 0, timestamp = 0) => ({ key: value, value, partition, timestamp });

describe.each(["at-least-once", "exactly-once"] as const)("a serde that has to learn, %s", (processingGuarantee) => {
  test("holds its task's records back, in order, while other tasks go on", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string });
    builder.stream("in", { value }).to("out", { value: serdes.string });
    await harness.createTopics({ in: 2, out: 1 });
    value.learned.add("x");
    await harness.produce("in", [row("a1"), row("x1", 1), row("b1"), row("a2"), row("x2", 1), row("b2")]);
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    await harness.run(harness.environment.scheduler.advanceBy(900));
    expect((await harness.read("out")).map(([, text]) => text)).toEqual(["x1", "x2"]);
    await harness.run(app.caughtUp());
    const texts = (await harness.read("out")).map(([, text]) => text!);
    expect(texts.filter((text) => !text.startsWith("x"))).toEqual(["a1", "b1", "a2", "b2"]);
    expect(texts).toHaveLength(6);
  });

  test("is opened with the topics it writes, and closed", async () => {
    const value = new LearningSerde(harness.environment);
    value.learned.add("a");
    const builder = new StreamsBuilder({ key: serdes.string, value });
    builder
      .stream("in")
      .groupByKey()
      .reduce((_, next) => next, { store: "last" })
      .toStream()
      .to("out", { value: serdes.nullable(value) });
    await harness.createTopics({ in: 1, out: 1 });
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    const context = { applicationId: "app", isKey: false };
    const storedTopics = ["app-last-changelog"];
    expect(value.opened).toEqual([
      { ...context, topics: ["out", "app-last-changelog"], storedTopics },
      { ...context, topics: storedTopics, storedTopics },
    ]);
    await harness.run(app.close());
    expect(value.closed).toBe(1);
  });

  test("is opened within the serdes that are made of it, for all that they write", async () => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    const [listed, changed, windowed, joined, key, foreignKey] = Array.from(
      { length: 6 },
      () => new LearningSerde(harness.environment),
    );
    const rows = builder.table("rows", { key: key!, value: joined!, store: "rows" });
    builder.stream("lists", { value: serdes.list(listed!) }).to("listed");
    rows
      .groupBy((name, text) => [name, text], { name: "by", key: serdes.string, value: changed! })
      .count({ store: "counts" });
    builder
      .stream("hits", { key: windowed! })
      .groupByKey()
      .windowedBy(windows.tumbling({ sizeMs: 10 }))
      .count({ store: "hits" })
      .toStream()
      .to("windows", { value: serdes.long });
    rows.join(builder.table("others", { key: foreignKey!, store: "others" }), (left) => left, {
      on: (text) => text,
      name: "fk",
    });
    await harness.createTopics({ rows: 1, lists: 1, hits: 1, others: 1, listed: 1, windows: 1 });
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    const topicsOf = ({ opened }: LearningSerde) => [...(opened[0]?.topics ?? [])].sort();
    const subscription = "app-fk-subscription-registration-topic";
    expect(topicsOf(listed!)).toEqual(["listed"]);
    expect(topicsOf(changed!)).toEqual(["app-by-repartition"]);
    expect(topicsOf(windowed!)).toEqual(["app-hits-changelog", "windows"]);
    expect(topicsOf(joined!)).toEqual([`${subscription}-vh`, "app-rows-changelog"]);
    expect(topicsOf(key!)).toEqual([`${subscription}-pk`, "app-rows-changelog"]);
    expect(topicsOf(foreignKey!)).toEqual([`${subscription}-fk`, "app-others-changelog"]);
  });

  test("to write a topic that a record names holds it and what follows, with nothing begun anew", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    const counted = builder.stream("in");
    counted.to("all");
    counted.flatMapValues((text) => [text, `${text}2`]).to((_, text) => `of-${text[0]!}`, { value });
    await harness.createTopics({ in: 1, all: 1, "of-a": 1, "of-b": 1 });
    await harness.produce(
      "in",
      ["a", "b", "a3", "b4"].map((text) => row(text)),
    );
    const errors: unknown[] = [];
    const app = harness.makeApp(builder.build(), { processingGuarantee, commitIntervalMs: 20 });
    app.onError((error) => errors.push(error));
    await harness.run(app.start());
    await harness.environment.scheduler.advanceBy(500);
    expect(await harness.read("of-a")).toEqual([]);
    await harness.run(app.caughtUp());
    const textsOf = async (topic: string) => (await harness.read(topic)).map(([, text]) => text);
    expect(await textsOf("of-a")).toEqual(["a", "a2", "a3", "a32"]);
    expect(await textsOf("of-b")).toEqual(["b", "b2", "b4", "b42"]);
    expect(await textsOf("all")).toEqual(["a", "b", "a3", "b4"]);
    expect(errors).toEqual([]);
  });

  test("in the middle of a record has the work since the last commit done again", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder.stream("in").to("out", { value });
    await harness.createTopics({ in: 1, out: 1 });
    value.learned.add("a");
    await harness.produce("in", [row("a"), row("b"), row("c")]);
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    const texts = (await harness.read("out")).map(([, text]) => text);
    if (processingGuarantee === "exactly-once") expect(texts).toEqual(["a", "b", "c"]);
    else expect(new Set(texts)).toEqual(new Set(["a", "b", "c"]));
  });

  test("leaves records that cannot be read to the handler", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string });
    builder.stream("in", { value }).to("out", { value: serdes.string });
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", [row("?"), row("a"), row("?"), row("b"), row("?")]);
    const app = harness.makeApp(builder.build(), { processingGuarantee, errors: { deserialization: logAndContinue } });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    expect((await harness.read("out")).map(([, text]) => text)).toEqual(["a", "b"]);
  });

  test("that cannot learn just now is asked again, until the task's time is over", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string });
    builder.stream("in", { value }).to("out", { value: serdes.string });
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", [row("a"), row("b")]);
    const failures: unknown[] = [];
    value.failuresLeft = 3;
    const app = harness.makeApp(builder.build(), {
      processingGuarantee,
      taskTimeoutMs: 60_000,
      onUncaughtError: (error) => {
        failures.push(error);
        return "shutdown-client";
      },
    });
    await harness.run(app.start());
    await harness.run(app.caughtUp());
    expect((await harness.read("out")).map(([, text]) => text)).toEqual(["a", "b"]);
    value.failuresLeft = Infinity;
    await harness.produce("in", [row("c")]);
    await harness.until(() => app.state === "ERROR");
    expect(failures).toEqual([expect.any(TaskTimeoutError)]);
  });

  test("can be given up", async () => {
    const value = new LearningSerde(harness.environment);
    value.failuresLeft = Infinity;
    const builder = new StreamsBuilder({ key: serdes.string });
    builder.stream("in", { value }).to("out", { value: serdes.string });
    await harness.createTopics({ in: 1, out: 1 });
    await harness.produce("in", [row("a")]);
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    await harness.run(harness.environment.scheduler.advanceBy(2_500));
    expect(await harness.run(app.close({ timeoutMs: 500 }))).toBe(true);
  });

  test("serves global tables", async () => {
    const value = new LearningSerde(harness.environment);
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    const table = builder.globalTable("names", { value, store: "names" });
    builder
      .stream("in")
      .join(table, (left, right) => `${left}-${right}`, { on: (key) => key })
      .to("out", { value: serdes.string });
    await harness.createTopics({ in: 1, out: 1, names: 1 });
    await harness.produce("names", [row("a"), row("b"), row("a")]);
    // What the store wrote, it can read.
    const app = harness.makeApp(builder.build(), { processingGuarantee });
    await harness.run(app.start());
    await harness.produce("in", [row("b"), row("a")]);
    await harness.run(app.caughtUp());
    expect((await harness.read("out")).map(([, text]) => text)).toEqual(["b-b", "a-a"]);
  });
});

test("a serde that has to learn cannot be waited for by the test driver, which says so, and goes on after", async () => {
  const value = new LearningSerde(harness.environment);
  const builder = new StreamsBuilder({ key: serdes.string });
  builder.stream("in", { value }).to("out", { value: serdes.string });
  using driver = new TopologyTestDriver(builder.build());
  expect(() => driver.pipeRaw("in", null, Buffer.from("a"))).toThrow(NotLearnedError);
  await harness.run(driver.idle());
  expect(driver.createOutputTopic("out", { key: serdes.string, value: serdes.string }).readAllValues()).toEqual(["a"]);
});
