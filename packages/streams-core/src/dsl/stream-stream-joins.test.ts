import { describe, expect, it } from "vitest";
import { InvalidArgumentError, TopologyError } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import type { KStream } from "./k-stream.js";
import { StreamsBuilder } from "./streams-builder.js";

const { string } = serdes;
type Stream = KStream<string, string>;
type Row = readonly ["orders" | "payments", string, string, number];

const whoIsThere = (left: string | null, right: string | null): string =>
  [left, right].filter((value) => value !== null).join("+");
const window = { timeDifferenceMs: 10 };
const everyRecord = { ...window, emitIntervalMs: 0 };

function builderWith(join: (orders: Stream, payments: Stream) => Stream): StreamsBuilder<string, string> {
  const builder = new StreamsBuilder({ key: string, value: string });
  join(builder.stream("orders"), builder.stream("payments")).to("out");
  return builder;
}

function run(join: (orders: Stream, payments: Stream) => Stream, rows: readonly Row[]): string[] {
  using driver = new TopologyTestDriver(builderWith(join).build());
  for (const [topic, key, value, timestamp] of rows) {
    driver.createInputTopic(topic, { key: string, value: string }).pipeInput(key, value, { timestamp });
  }
  const records = driver.createOutputTopic("out", { key: string, value: string }).readAllRecords();
  return records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
}

describe("the timelines in the documentation of stream-stream joins", () => {
  const rowsUntil = (last: number): readonly Row[] => [
    ["orders", "7", "A", 0],
    ["payments", "7", "P", 3],
    ["orders", "8", "B", 5],
    ["payments", "8", "Q", 20],
    ["orders", "9", "C", last],
  ];

  it("inner", () => {
    expect(run((orders, payments) => orders.join(payments, whoIsThere, window), rowsUntil(20))).toEqual(["7=A+P@3"]);
  });

  it("left", () => {
    const results = run((orders, payments) => orders.leftJoin(payments, whoIsThere, everyRecord), rowsUntil(30));
    expect(results).toEqual(["7=A+P@3", "8=B@5"]);
  });

  it("outer", () => {
    const results = run((orders, payments) => orders.outerJoin(payments, whoIsThere, everyRecord), rowsUntil(40));
    expect(results).toEqual(["7=A+P@3", "8=B@5", "8=Q@20"]);
  });
});

describe("the topology of stream-stream joins", () => {
  const names = (builder: StreamsBuilder<string, string>): string[] =>
    builder
      .build()
      .internalTopics("app")
      .map(({ name }) => name);

  it("names stores and repartition topics by the options", () => {
    const builder = builderWith((orders, payments) =>
      orders.selectKey((key) => key).outerJoin(payments, whoIsThere, { ...window, name: "paid", storeName: "waiting" }),
    );
    expect(names(builder)).toEqual([
      "app-paid-left-repartition",
      "app-waiting-outer-other-join-store-changelog",
      "app-waiting-outer-shared-join-store-changelog",
      "app-waiting-outer-this-join-store-changelog",
    ]);
  });

  it("shares one repartition topic between joins without a name", () => {
    const builder = builderWith((orders, payments) => {
      const keyed = orders.selectKey((key) => key);
      keyed.join(payments, whoIsThere, { ...window, logging: false }).to("first");
      return keyed.join(payments, whoIsThere, { ...window, logging: false });
    });
    expect(names(builder)).toEqual(["app-KSTREAM-KEY-SELECT-0000000002-repartition"]);
  });

  it("keeps no changelog where none is wanted, and passes on the settings of one", () => {
    const configs = (logging: boolean | Record<string, string>): unknown =>
      builderWith((orders, payments) => orders.leftJoin(payments, whoIsThere, { ...window, logging }))
        .build()
        .internalTopics("app")
        .map(({ config }) => config["segment.bytes"]);
    expect(configs(false)).toEqual([]);
    expect(configs({ "segment.bytes": "1000" })).toEqual(["1000", "1000", "1000"]);
  });
});

describe("a stream-stream join refuses", () => {
  it.each([
    ["a negative time difference", { timeDifferenceMs: -1 }],
    ["a negative grace", { timeDifferenceMs: 1, graceMs: -1 }],
    ["a fraction of a millisecond", { timeDifferenceMs: 0.5 }],
    ["a window without length", { timeDifferenceMs: 0, beforeMs: -2, afterMs: 1 }],
    ["no options at all", undefined as never],
  ])("%s", (_, options) => {
    expect(() => builderWith((orders, payments) => orders.join(payments, whoIsThere, options))).toThrow(
      InvalidArgumentError,
    );
  });

  it("a stream of another builder", () => {
    const other = new StreamsBuilder({ key: string, value: string }).stream("payments");
    expect(() => builderWith((orders) => orders.join(other, whoIsThere, window))).toThrow(TopologyError);
  });
});
