import { Deferred } from "@millrace/kernel";
import { describe, expect, test } from "vitest";
import { StreamsBuilder, type AsyncNamed } from "../../dsl/index.js";
import { logAndContinue, type Header } from "../../model/index.js";
import { serdes } from "../../serde/index.js";
import { TopologyTestDriver, type TopologyTestDriverOptions } from "../../testing/index.js";
import type { AsyncRecordContext } from "./async-operator.js";

const strings = { key: serdes.string, value: serdes.string };

/** Calls that the test answers, by value, each time they are made. */
class Calls {
  /** Values in the order of the calls. */
  readonly made: string[] = [];
  readonly contexts: AsyncRecordContext[] = [];
  readonly #open = new Map<string, Deferred<string>[]>();

  readonly call = (value: string, _key: string | null, context: AsyncRecordContext): Promise<string> => {
    const deferred = new Deferred<string>();
    this.made.push(value);
    this.contexts.push(context);
    this.#open.set(value, [...(this.#open.get(value) ?? []), deferred]);
    return deferred.promise;
  };

  answer(...values: string[]): void {
    for (const value of values) this.#take(value).resolve(value.toUpperCase());
  }

  fail(value: string): void {
    this.#take(value).reject(new Error(`no ${value}`));
  }

  #take(value: string): Deferred<string> {
    return this.#open.get(value)!.shift()!;
  }
}

/** "in", asked about record by record, to "out". */
class Setting {
  readonly calls = new Calls();
  readonly driver: TopologyTestDriver;

  constructor(options: AsyncNamed = {}, driverOptions: TopologyTestDriverOptions = {}) {
    const builder = new StreamsBuilder(strings);
    builder
      .stream("in")
      .mapValuesAsync(this.calls.call, { value: serdes.string, ...options })
      .to("out");
    this.driver = new TopologyTestDriver(builder.build(), driverOptions);
  }

  /** Pipes rows "key value@timestamp". */
  pipe(...rows: string[]): void {
    const input = this.driver.createInputTopic("in", strings);
    for (const row of rows) {
      const [, key, value, timestamp] = /^(\w+) (\w+)@(\d+)$/u.exec(row)!;
      input.pipeInput(key!, value!, { timestamp: Number(timestamp) });
    }
  }

  /** Lets what has been answered go on; gives what comes out. */
  async out(): Promise<string[]> {
    // Calls that are not answered stay open: what `idle` would wait for.
    let idle = false;
    void this.driver.idle().then(() => {
      idle = true;
    });
    for (let turn = 0; turn < 20 && !idle; turn++) await new Promise((resolve) => setImmediate(resolve));
    const output = this.driver.createOutputTopic("out", strings);
    return output.readAllRecords().map(({ key, value, timestamp }) => `${key} ${value}@${timestamp}`);
  }
}

describe("results", () => {
  test("go on in the order of their partition's records, with their timestamps", async () => {
    const { driver, calls, ...setting } = withPipe();
    setting.pipe("a x@5", "b y@3", "c z@9");
    expect(calls.made).toEqual(["x", "y", "z"]);
    calls.answer("z", "y");
    expect(await setting.out()).toEqual([]);
    calls.answer("x");
    await driver.idle();
    expect(await setting.out()).toEqual(["a X@5", "b Y@3", "c Z@9"]);
  });

  test("go on as they come, if no order is asked for", async () => {
    const { calls, ...setting } = withPipe({ order: "none" });
    setting.pipe("a x@1", "b y@2");
    calls.answer("y");
    expect(await setting.out()).toEqual(["b Y@2"]);
    calls.answer("x");
    expect(await setting.out()).toEqual(["a X@1"]);
  });

  test("by key: calls of a key follow each other, others overtake them", async () => {
    const { calls, ...setting } = withPipe({ order: "key" });
    setting.pipe("a x@1", "a y@2", "b z@3");
    expect(calls.made).toEqual(["x", "z"]);
    calls.answer("z");
    expect(await setting.out()).toEqual(["b Z@3"]);
    calls.answer("x");
    expect(await setting.out()).toEqual(["a X@1"]);
    expect(calls.made).toEqual(["x", "z", "y"]);
    calls.answer("y");
    expect(await setting.out()).toEqual(["a Y@2"]);
  });

  test("see headers and place of their own record", async () => {
    const header: Header = { key: "h", value: new Uint8Array([1]) };
    const builder = new StreamsBuilder(strings);
    const places: string[] = [];
    builder
      .stream("in")
      .mapValuesAsync(async (value) => value, { value: serdes.string })
      .peek((_key, value, { topic, offset }) => places.push(`${value} ${topic} ${offset}`))
      .to("out");
    using driver = new TopologyTestDriver(builder.build());
    const input = driver.createInputTopic("in", strings);
    input.pipeInput("a", "x", { timestamp: 1, headers: [header] });
    input.pipeInput("a", "y", { timestamp: 2 });
    await driver.idle();
    expect(places).toEqual(["x in 0", "y in 1"]);
    expect(
      driver
        .createOutputTopic("out", strings)
        .readAllRecords()
        .map(({ headers }) => headers),
    ).toEqual([[header], []]);
  });
});

test("no further record is taken while the bound is reached", async () => {
  const { driver, calls, ...setting } = withPipe({ concurrency: 2 });
  setting.pipe("a w@1", "a x@2", "a y@3", "a z@4");
  expect(calls.made).toEqual(["w", "x"]);
  expect(driver.streamTimeMs).toBe(2);
  calls.answer("x");
  expect(await setting.out()).toEqual([]);
  expect(calls.made).toEqual(["w", "x"]);
  calls.answer("w");
  expect(await setting.out()).toEqual(["a W@1", "a X@2"]);
  expect(calls.made).toEqual(["w", "x", "y", "z"]);
});

describe("a call that fails", () => {
  test("is tried again, later each time, then the handler decides", async () => {
    const retries = { max: 2, backOffMs: 10, maxBackOffMs: 15 };
    const { driver, calls, ...setting } = withPipe({ retries }, { errors: { processing: logAndContinue } });
    setting.pipe("a x@1", "b y@2");
    calls.answer("y");
    for (const waitMs of [10, 15]) {
      calls.fail("x");
      await setting.out();
      const before = calls.made.length;
      driver.advanceWallClockTime(waitMs - 1);
      await setting.out();
      expect(calls.made).toHaveLength(before);
      driver.advanceWallClockTime(1);
      await setting.out();
      expect(calls.made).toHaveLength(before + 1);
    }
    calls.fail("x");
    expect(await setting.out()).toEqual(["b Y@2"]);
    expect(driver.droppedRecords).toBe(1);
  });

  test("ends the task if the handler says so, with the record's place", async () => {
    const { driver, calls, ...setting } = withPipe();
    setting.pipe("a w@1", "a x@1");
    calls.answer("w");
    calls.fail("x");
    await expect(driver.idle()).rejects.toMatchObject({
      code: "MILLRACE_PROCESSING",
      context: { topic: "in", offset: 1, rawValue: new Uint8Array([120]) },
    });
  });

  test("may be one that takes too long: its signal aborts", async () => {
    const { driver, calls, ...setting } = withPipe({ timeoutMs: 50 });
    setting.pipe("a x@1");
    driver.advanceWallClockTime(50);
    await expect(driver.idle()).rejects.toMatchObject({ cause: { code: "MILLRACE_ASYNC_TIMEOUT" } });
    expect(calls.contexts[0]?.signal.aborted).toBe(true);
  });

  test("may be one that throws at once, or gives nothing", async () => {
    const builder = new StreamsBuilder(strings);
    const nothing = undefined as unknown as string;
    builder
      .stream("in")
      .mapValuesAsync((value) => {
        if (value === "throw") throw new Error("at once");
        return nothing;
      })
      .to("out");
    using driver = new TopologyTestDriver(builder.build(), { errors: { processing: logAndContinue } });
    const input = driver.createInputTopic("in", strings);
    input.pipeInput("a", "throw");
    input.pipeInput("a", "nothing");
    await driver.idle();
    expect(driver.droppedRecords).toBe(2);
  });
});

test("closing gives up what is on its way", async () => {
  const { driver, calls, ...setting } = withPipe();
  setting.pipe("a x@1");
  driver.close();
  expect(calls.contexts[0]?.signal.aborted).toBe(true);
  calls.answer("x");
  expect(await setting.out()).toEqual([]);
});

test("mapAsync, flatMapValuesAsync and forEachAsync do as their namesakes; counts follow a repartition", async () => {
  const seen: string[] = [];
  const builder = new StreamsBuilder(strings);
  const words = builder.stream("in").flatMapValuesAsync(async (line) => line.split(" "), { value: serdes.string });
  words.forEachAsync(async (key, word) => seen.push(`${key} ${word}`));
  words
    .mapAsync(async (key, word) => [word, key] as const, strings)
    .groupByKey()
    .count()
    .toStream()
    .to("out", { value: serdes.nullable(serdes.long) });
  using driver = new TopologyTestDriver(builder.build());
  driver.createInputTopic("in", strings).pipeInput("k", "a b a");
  await driver.idle();
  const output = driver.createOutputTopic("out", { key: serdes.string, value: serdes.long });
  expect(output.readAllKeyValues()).toEqual([
    { key: "a", value: 1 },
    { key: "b", value: 1 },
    { key: "a", value: 2 },
  ]);
  expect(seen).toEqual(["k a", "k b", "k a"]);
});

test.each([
  [{ concurrency: 0 }],
  [{ timeoutMs: -1 }],
  [{ retries: { max: 0.5 } }],
  [{ order: "sometimes" } as unknown as AsyncNamed],
])("options that make no sense are refused: %j", (options) => {
  expect(() => new Setting(options)).toThrow(expect.objectContaining({ code: "MILLRACE_INVALID_ARGUMENT" }));
});

function withPipe(options: AsyncNamed = {}, driverOptions: TopologyTestDriverOptions = {}) {
  const setting = new Setting(options, driverOptions);
  const { driver, calls } = setting;
  return { driver, calls, pipe: setting.pipe.bind(setting), out: setting.out.bind(setting) };
}
