import { describe, expect, it } from "vitest";
import {
  logAndContinue,
  StreamRecord,
  type KeyValueStore,
  type Processor,
  type ProcessorContext,
  type PunctuationOptions,
} from "../model/index.js";
import { streamCount, streamFilter, streamMapValues, tableToStream } from "../processors/index.js";
import { serdes } from "../serde/index.js";
import { keyValueStore, timestampedKeyValueStore } from "../stores/index.js";
import { Topology } from "../topology/index.js";
import { TopologyTestDriver, type TopologyTestDriverOptions } from "./index.js";

const strings = { key: serdes.string, value: serdes.string };
const longs = { key: serdes.string, value: serdes.long };
const bytes = (text: string): Uint8Array => Buffer.from(text);

const fromInput = (): Topology => new Topology(strings).addSource({ name: "in", topics: "input" });

/** Counts by key into the topic "output". */
const counting = (caching = true): Topology =>
  fromInput()
    .addProcessor({ name: "count", processor: streamCount({ store: "counts", sendOldValues: false }), parents: ["in"] })
    .addProcessor({ name: "stream", processor: tableToStream(), parents: ["count"] })
    .addSink({ name: "out", topic: "output", parents: ["stream"], value: serdes.long })
    .addStateStore(timestampedKeyValueStore({ name: "counts", ...longs, caching }), ["count"]);

/** What a processor does, as functions. */
function processor(
  init: (context: ProcessorContext) => (record: StreamRecord<string | null, string | null>) => void,
): () => Processor<string | null, string | null> {
  return () => {
    let process: (record: StreamRecord<string | null, string | null>) => void;
    return {
      init: (context) => (process = init(context)),
      process: (record) => process(record),
    };
  };
}

const withProcessor = (make: () => Processor<string | null, string | null>): Topology =>
  fromInput()
    .addProcessor({ name: "user", processor: make, parents: ["in"] })
    .addSink({ name: "out", topic: "output", parents: ["user"] });

function driving(topology: Topology, options?: TopologyTestDriverOptions) {
  const driver = new TopologyTestDriver(topology, options);
  return {
    driver,
    input: driver.createInputTopic("input", { ...strings, autoAdvanceMs: 10 }),
    output: driver.createOutputTopic("output", strings),
    counts: driver.createOutputTopic("output", longs),
  };
}

describe("TopologyTestDriver", () => {
  it("runs a stateless topology, timestamps and headers included", () => {
    const topology = fromInput()
      .addProcessor({ name: "keep", processor: streamFilter((_key, value) => value !== "no", false), parents: ["in"] })
      .addProcessor({
        name: "upper",
        processor: streamMapValues((value) => String(value).toUpperCase()),
        parents: ["keep"],
      })
      .addSink({ name: "out", topic: "output", parents: ["upper"] });
    const { input, output } = driving(topology);
    const headers = [{ key: "h", value: bytes("1") }];
    input.pipeInput("a", "x", { timestamp: 5, headers });
    input.pipeKeyValueList([["b", "no"], { key: null, value: "y" }]);
    input.advanceTime(1000);
    input.pipeValue("z");
    expect(output.queueSize).toBe(3);
    expect(output.readRecord()).toEqual({ key: "a", value: "X", timestamp: 5, headers });
    expect(output.readAllRecords().map(({ key, value, timestamp }) => [key, value, timestamp])).toEqual([
      [null, "Y", 10],
      [null, "Z", 1020],
    ]);
    expect(output.isEmpty).toBe(true);
    expect(() => output.readValue()).toThrow("Topic output has no more records");
  });

  it("counts, and commits after each record so that caches hide nothing (R26)", () => {
    for (const caching of [true, false]) {
      const { driver, input, counts } = driving(counting(caching));
      input.pipeKeyValueList([
        ["a", "x"],
        ["b", "x"],
        ["a", "x"],
        [null, "x"],
        ["a", null],
      ]);
      expect(counts.readAllKeyValues()).toEqual([
        { key: "a", value: 1 },
        { key: "b", value: 1 },
        { key: "a", value: 2 },
      ]);
      expect(driver.droppedRecords).toBe(2);
      expect(driver.getKeyValueStore<string, number>("counts")!.get("a")).toBe(2);
      expect(driver.getTimestampedKeyValueStore<string, number>("counts")!.get("a")).toEqual({
        value: 2,
        timestamp: 20,
      });
      expect([...driver.allStateStores().keys()]).toEqual(["counts"]);
      expect(driver.producedTopicNames()).toEqual(new Set(["test-counts-changelog", "output"]));
      const changelog = driver.rawRecords("test-counts-changelog");
      expect(changelog.map(({ key, value, timestamp }) => [String(key), value![7], timestamp])).toEqual([
        ["97", 1, 0],
        ["98", 1, 10],
        ["97", 2, 20],
      ]);
    }
  });

  it("reads back what it writes to its own source topics, smallest timestamp first", () => {
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: "input" })
      .addProcessor({
        name: "fan",
        processor: processor((context) => (record) => {
          context.forward(record.withValue(`${record.value}2`).withTimestamp(9));
          context.forward(record.withValue(`${record.value}1`).withTimestamp(3));
        }),
        parents: ["in"],
      })
      .addSink({ name: "loop", topic: "again", parents: ["fan"] })
      .addSource({ name: "back", topics: "again" })
      .addSink({ name: "out", topic: "output", parents: ["back"] });
    const { driver, input, output } = driving(topology);
    input.pipeInput("a", "x", { timestamp: 5 });
    expect(output.readAllValues()).toEqual(["x2", "x1"]);
    expect(driver.streamTimeMs).toBe(9);
  });

  it("fires punctuators: stream time after the record, wall clock when it is advanced", () => {
    const ticks = (type: PunctuationOptions["type"]) =>
      withProcessor(
        processor((context) => {
          context.schedule({ intervalMs: 10, type }, (timestamp) => {
            context.forward(
              new StreamRecord("tick", `${timestamp} ${context.recordMetadata() === null}`, timestamp, []),
            );
          });
          return (record) => context.forward(record);
        }),
      );
    const stream = driving(ticks("stream-time"));
    for (const timestamp of [3, 5, 31, 38, 40]) stream.input.pipeInput("a", `r${timestamp}`, { timestamp });
    expect(stream.output.readAllValues()).toEqual(["r3", "3 true", "r5", "r31", "31 true", "r38", "r40", "40 true"]);
    const wall = driving(ticks("wall-clock"), { initialWallClockMs: 1000 });
    wall.driver.advanceWallClockTime(35);
    wall.driver.advanceWallClockTime(5);
    expect(wall.output.readAllRecords().map(({ value, timestamp }) => [value, timestamp])).toEqual([
      ["1035 true", 1035],
      ["1040 true", 1040],
    ]);
    expect(wall.driver.wallClockMs).toBe(1040);
  });

  it("gives processors their stores, the record's place and a choice of children", () => {
    const topology = fromInput()
      .addProcessor({
        name: "user",
        processor: processor((context) => {
          const store = context.getStateStore<KeyValueStore<string, string>>("seen");
          expect(() => context.getStateStore("other")).toThrow("has no access to store other");
          return (record) => {
            const before = store.putIfAbsent(record.value!, record.key);
            const { topic, partition, offset } = context.recordMetadata()!;
            context.forward(record.withValue(`${topic}-${partition}@${offset}`), before === null ? "first" : "again");
          };
        }),
        parents: ["in"],
      })
      .addSink({ name: "first", topic: "firsts", parents: ["user"] })
      .addSink({ name: "again", topic: "repeats", parents: ["user"] })
      .addStateStore(keyValueStore({ name: "seen", ...strings }), ["user"])
      .addProcessor({ name: "idle", processor: processor(() => () => {}), parents: ["in"] })
      .addStateStore(keyValueStore({ name: "other", ...strings }), ["idle"]);
    const { driver, input } = driving(topology);
    input.pipeKeyValueList([
      ["a", "x"],
      ["b", "x"],
      ["c", "y"],
    ]);
    expect(driver.createOutputTopic("firsts", strings).readAllValues()).toEqual(["input-0@0", "input-0@2"]);
    expect(driver.createOutputTopic("repeats", strings).readKeyValuesToMap()).toEqual(new Map([["b", "input-0@1"]]));
  });

  it("keeps global stores at once, readable by every processor, writable by none", () => {
    const topology = withProcessor(
      processor((context) => {
        const names = context.getStateStore<KeyValueStore<string, string>>("names");
        return (record) => {
          if (record.value === "write") names.put("a", "b");
          context.forward(record.withValue(names.get(record.key!)));
        };
      }),
    ).addGlobalStore({
      store: keyValueStore({ name: "names", ...strings, logging: false }),
      sourceName: "names-in",
      topic: "names-topic",
      processorName: "names-keep",
      processor: processor((context) => {
        const names = context.getStateStore<KeyValueStore<string, string>>("names");
        return (record) => names.put(record.key!, record.value);
      }),
    });
    const { driver, input, output } = driving(topology);
    driver.createInputTopic("names-topic", strings).pipeInput("a", "Anna");
    input.pipeInput("a", "?");
    input.pipeInput("b", "?");
    expect(output.readAllValues()).toEqual(["Anna", null]);
    expect(driver.getKeyValueStore<string, string>("names")!.get("a")).toBe("Anna");
    expect(() => input.pipeInput("a", "write")).toThrow("Global store names is read-only here");
  });

  it("reads topics by pattern, whole names only", () => {
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: /in-\d+/u })
      .addSink({ name: "out", topic: "output", parents: ["in"] });
    const { driver, output } = driving(topology);
    for (const topic of ["in-1", "in-22"]) driver.createInputTopic(topic, strings).pipeInput("a", topic);
    expect(output.readAllValues()).toEqual(["in-1", "in-22"]);
    expect(() => driver.createInputTopic("in-1x", strings).pipeInput("a", "x")).toThrow("does not read topic in-1x");
  });

  it("refuses negative timestamps, unknown topics, and work after close", () => {
    const { driver, input } = driving(counting());
    expect(() => input.pipeInput("a", "x", { timestamp: -1 })).toThrow("timestamp -1");
    expect(() => driver.createInputTopic("elsewhere", strings).pipeInput("a", "x")).toThrow(
      "does not read topic elsewhere",
    );
    driver.close();
    driver.close();
    expect(() => input.pipeInput("a", "x")).toThrow("closed");
  });
});

describe("bad records", () => {
  const unreadable = bytes("abc");
  const sums = (): Topology =>
    new Topology(longs)
      .addSource({ name: "in", topics: "input" })
      .addProcessor({
        name: "user",
        processor: processor((context) => (record) => {
          if (Number(record.value) === 13) throw new Error("unlucky");
          context.forward(record);
        }),
        parents: ["in"],
      })
      .addSink({ name: "out", topic: "output", parents: ["user"] });

  it("stop the task by default: unreadable bytes, and user code that throws", () => {
    const bytesOfLong = serdes.long.serialize("input", 13);
    const { driver } = driving(sums());
    expect(() => driver.pipeRaw("input", null, unreadable)).toThrow(
      /Source in cannot read the record at input-0 offset 0/u,
    );
    const other = driving(sums()).driver;
    expect(() => other.pipeRaw("input", null, bytesOfLong)).toThrow(
      /Processor user of task 0_0 failed at input-0 offset 0: unlucky/u,
    );
  });

  it("are dropped, counted and shown to the handlers that continue", () => {
    const seen: unknown[] = [];
    const handler = (kind: string) => (context: { nodeName: string; offset: number; rawValue: Uint8Array | null }) => {
      seen.push([kind, context.nodeName, context.offset, context.rawValue!.length]);
      return logAndContinue();
    };
    const { driver, counts } = driving(sums(), {
      errors: { deserialization: handler("read"), processing: handler("process") },
    });
    for (const value of [unreadable, serdes.long.serialize("input", 13), serdes.long.serialize("input", 1)]) {
      driver.pipeRaw("input", null, value);
    }
    expect(seen).toEqual([
      ["read", "in", 0, 3],
      ["process", "user", 1, 8],
    ]);
    expect(counts.readAllValues()).toEqual([1]);
    expect(driver.droppedRecords).toBe(2);
  });

  it.each([[""], [undefined]])("stop the task when a topic extractor gives no topic for them: %j", (topic) => {
    const { input } = driving(fromInput().addSink({ name: "out", topic: () => topic as string, parents: ["in"] }));
    expect(() => input.pipeInput("a", "x")).toThrow(`Sink out: the topic extractor gave ${topic}`);
  });

  it("that no sink can write go to the production handler, not to the processing one", () => {
    const topology = (): Topology =>
      fromInput().addSink({ name: "out", topic: "output", parents: ["in"], value: serdes.long as never });
    const processing = logAndContinue;
    expect(() => driving(topology(), { errors: { processing } }).input.pipeInput("a", "x")).toThrow(
      "Node out of task 0_0 cannot write to output",
    );
    const { driver, input, output } = driving(topology(), { errors: { production: logAndContinue } });
    input.pipeInput("a", "x");
    expect([output.queueSize, driver.droppedRecords]).toEqual([0, 1]);
  });

  it("with negative timestamps are dropped (T4)", () => {
    const topology = new Topology(strings)
      .addSource({ name: "in", topics: "input", timestampExtractor: ({ value }) => Number(value) })
      .addSink({ name: "out", topic: "output", parents: ["in"] });
    const { driver, input, output } = driving(topology);
    input.pipeValueList(["4", "-1", "5"]);
    expect(output.readAllRecords().map(({ timestamp }) => timestamp)).toEqual([4, 5]);
    expect(driver.droppedRecords).toBe(1);
  });
});
