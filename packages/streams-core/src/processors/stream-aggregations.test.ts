import { describe, expect, it } from "vitest";
import type { Change, ProcessorSupplier, Serde, StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { timestampedKeyValueStore } from "../stores/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { Topology } from "../topology/index.js";
import { streamAggregate, streamCount, streamReduce, UndefinedResultError } from "./index.js";

const json = serdes.json<never>() as Serde<unknown>;
const store = "rows";
const sendOldValues = true;

type Input = readonly [key: unknown, value: unknown, timestamp: number];
/** Key, new value, old value, timestamp of the changes that come out. */
type Output = readonly [key: unknown, newValue: unknown, oldValue: unknown, timestamp: number];

function run(operator: unknown, rows: readonly Input[], { caching = false } = {}) {
  const output: Output[] = [];
  const collect = ({ key, value, timestamp }: StreamRecord<unknown, Change<unknown>>): void => {
    output.push([key, value.newValue, value.oldValue, timestamp]);
  };
  const topology = new Topology({ key: json, value: json })
    .addSource({ name: "in", topics: "in" })
    .addProcessor({ name: "op", processor: operator as ProcessorSupplier, parents: ["in"] })
    .addProcessor({ name: "out", processor: () => ({ process: collect }), parents: ["op"] })
    .addStateStore(timestampedKeyValueStore({ name: store, key: json, value: json, caching }), ["op"]);
  using driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic("in", { key: json, value: json });
  for (const [key, value, timestamp] of rows) input.pipeInput(key, value, { timestamp });
  return { output, dropped: driver.droppedRecords };
}

describe("Aggregations of a stream", () => {
  const concat = {
    store,
    init: () => "",
    add: (_key: unknown, value: unknown, aggregate: string) => (value === "x" ? null : `${aggregate}${String(value)}`),
  };
  const rows: Input[] = [
    ["k", "a", 10],
    ["k", "b", 5],
    ["k", "x", 7],
    ["k", "c", 3],
  ];

  it("keep the greatest timestamp; after a null they start afresh with the record's own (A1, A2)", () => {
    const output = [
      ["k", "a", null, 10],
      ["k", "ab", null, 10],
      ["k", null, null, 10],
      ["k", "c", null, 3],
    ];
    expect(run(streamAggregate({ ...concat, sendOldValues: false }), rows).output).toEqual(output);
  });

  it("send old values if asked; without a row the old value is the initial one, as in Kafka Streams", () => {
    const output = [
      ["k", "a", "", 10],
      ["k", "ab", "a", 10],
      ["k", null, "ab", 10],
      ["k", "c", "", 3],
    ];
    expect(run(streamAggregate({ ...concat, sendOldValues }), rows).output).toEqual(output);
  });

  it("send what a cache held at commit: last new value, first old one; nothing for what it never had (A4)", () => {
    const output = [
      ["k", "a", null, 10],
      ["k", "ab", "a", 10],
      ["k", null, "ab", 7],
      ["k", "c", null, 3],
    ];
    expect(run(streamAggregate({ ...concat, sendOldValues }), rows, { caching: true }).output).toEqual(output);
  });

  it("drop and count null keys and null values (T7)", () => {
    const poor: Input[] = [
      [null, "a", 1],
      ["k", null, 2],
      ["k", "a", 3],
    ];
    const reduce = streamReduce({ store, reduce: (_old: string, value: string) => value, sendOldValues });
    for (const operator of [
      streamCount({ store, sendOldValues }),
      streamAggregate({ ...concat, sendOldValues }),
      reduce,
    ]) {
      expect(run(operator, poor)).toMatchObject({ output: [{ 0: "k", 3: 3 }], dropped: 2 });
    }
  });

  it("count", () => {
    const output = [
      ["k", 1, 0, 10],
      ["k", 2, 1, 10],
      ["j", 1, 0, 7],
    ];
    expect(
      run(streamCount({ store, sendOldValues }), [
        ["k", "a", 10],
        ["k", "b", 5],
        ["j", "c", 7],
      ]).output,
    ).toEqual(output);
  });

  it("reduce: the first value passes unchanged (A1)", () => {
    const reduce = (old: string, value: string) => (value === "x" ? null : `${old}|${value}`);
    const output = [
      ["k", "a", null, 10],
      ["k", "a|b", "a", 10],
      ["k", null, "a|b", 10],
      ["k", "c", null, 3],
    ];
    expect(run(streamReduce({ store, reduce, sendOldValues }), rows).output).toEqual(output);
  });

  it("send the old value as it was stored, whatever the user's function does to it", () => {
    const push = (_key: unknown, value: unknown, list: unknown[]) => {
      list.push(value);
      return list;
    };
    const operator = streamAggregate({ store, init: (): unknown[] => [], add: push, sendOldValues });
    const output = [
      ["k", ["a"], [], 1],
      ["k", ["a", "b"], ["a"], 2],
    ];
    expect(
      run(operator, [
        ["k", "a", 1],
        ["k", "b", 2],
      ]).output,
    ).toEqual(output);
  });
});

describe("A function that forgets to return stops the task", () => {
  const forgets = (() => undefined) as () => never;
  const operators: readonly (readonly [string, unknown])[] = [
    ["aggregate's init", streamAggregate({ store, init: forgets, add: () => 1, sendOldValues })],
    ["aggregate's add", streamAggregate({ store, init: () => 1, add: forgets, sendOldValues })],
    ["reduce", streamReduce({ store, reduce: forgets, sendOldValues })],
  ];
  it.each(operators)("%s", (_name, operator) => {
    const rows: Input[] = [
      ["k", 1, 1],
      ["k", 2, 2],
    ];
    const cause: unknown = expect.any(UndefinedResultError);
    expect(() => run(operator, rows)).toThrow(expect.objectContaining({ cause }) as Error);
  });
});
