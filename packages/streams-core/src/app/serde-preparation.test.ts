import { RetriableError } from "@millrace/kafka-client";
import { sleep } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { logAndContinue, type Serde, type SerdeContext } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { TopologyTestDriver } from "../testing/topology-test-driver.js";
import { TaskTimeoutError } from "../runtime/worker-errors.js";

let harness: AppHarness;
beforeEach(() => {
  harness = new AppHarness();
});
afterEach(() => harness.close());

class NotLearnedError extends Error {
  readonly prepareSerde: () => Promise<void>;
  constructor(prepare: () => Promise<void>) {
    super("Not learned yet.");
    this.prepareSerde = prepare;
  }
}

/** Text that begins with a letter; a letter it meets for the first time has to be learned, which takes a second. */
class LearningSerde implements Serde<string> {
  readonly name = "learning";
  readonly learned = new Set<string>();
  readonly opened: SerdeContext[] = [];
  closed = 0;
  /** How often learning fails before it succeeds. */
  failuresLeft = 0;
  failure: () => Error = () => new RetriableError("The school is closed.");

  serialize(_topic: string, value: string): Uint8Array {
    this.#require(value);
    return Buffer.from(value);
  }

  deserialize(_topic: string, bytes: Uint8Array): string {
    const text = Buffer.from(bytes).toString();
    if (text === "?") throw new Error("no letter");
    this.#require(text);
    return text;
  }

  async open(context: SerdeContext): Promise<void> {
    this.opened.push(context);
  }

  async close(): Promise<void> {
    this.closed++;
  }

  #require(text: string): void {
    const letter = text[0]!;
    if (this.learned.has(letter)) return;
    throw new NotLearnedError(async () => {
      await sleep(harness.environment.scheduler, 1_000);
      if (this.failuresLeft-- > 0) throw this.failure();
      this.learned.add(letter);
    });
  }
}

const row = (value: string, partition = 0, timestamp = 0) => ({ key: value, value, partition, timestamp });

describe.each(["at-least-once", "exactly-once"] as const)("a serde that has to learn, %s", (processingGuarantee) => {
  test("holds its task's records back, in order, while other tasks go on", async () => {
    const value = new LearningSerde();
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
    const value = new LearningSerde();
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
    expect(value.opened).toEqual([{ applicationId: "app", isKey: false, topics: ["out", "app-last-changelog"] }]);
    await harness.run(app.close());
    expect(value.closed).toBe(1);
  });

  test("in the middle of a record has the work since the last commit done again", async () => {
    const value = new LearningSerde();
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
    const value = new LearningSerde();
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
    const value = new LearningSerde();
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
    const value = new LearningSerde();
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
    const value = new LearningSerde();
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

test("a serde that has to learn cannot be waited for by the test driver, which says so", () => {
  const value = new LearningSerde();
  const builder = new StreamsBuilder({ key: serdes.string });
  builder.stream("in", { value }).to("out", { value: serdes.string });
  using driver = new TopologyTestDriver(builder.build());
  expect(() => driver.pipeRaw("in", null, Buffer.from("a"))).toThrow(NotLearnedError);
});
