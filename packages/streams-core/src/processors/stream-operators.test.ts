import { describe, expect, it } from "vitest";
import { noHeaders, type Headers, type ProcessorSupplier, type StreamRecord } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { Topology } from "../topology/index.js";
import {
  dropNullKeys,
  NullResultError,
  passThrough,
  streamBranch,
  streamFilter,
  streamFlatMap,
  streamFlatMapValues,
  streamForEach,
  streamMap,
  streamMapValues,
  streamPeek,
  streamPrint,
  streamSelectKey,
  UndefinedResultError,
} from "./index.js";

type Row = readonly [key: unknown, value: unknown];
const trace: Headers = [{ key: "trace", value: Buffer.from("1") }];
const a1: Row = ["a", 1];
const b2: Row = ["b", 2];
const nobody3: Row = [null, 3];
const cNothing: Row = ["c", null];
const all = [a1, b2, nobody3, cNothing];

/** Runs the rows through the operator at timestamps 10, 11, ...; a child for each name. */
function run(operator: ProcessorSupplier<never, never, unknown, unknown>, rows: readonly Row[], children = ["out"]) {
  const key = serdes.json<unknown>();
  const topology = new Topology({ key, value: key })
    .addSource({ name: "in", topics: "in" })
    .addProcessor({ name: "op", processor: operator as ProcessorSupplier, parents: ["in"] });
  const records: { child: string; record: StreamRecord<unknown, unknown> }[] = [];
  for (const child of children) {
    const processor = () => ({
      process: (record: StreamRecord<unknown, unknown>) => void records.push({ child, record }),
    });
    topology.addProcessor({ name: child, processor, parents: ["op"] });
  }
  using driver = new TopologyTestDriver(topology);
  const input = driver.createInputTopic("in", { key, value: key });
  rows.forEach(([k, v], at) => {
    input.pipeInput(k, v, { timestamp: 10 + at, headers: trace });
  });
  return records;
}

function out(operator: ProcessorSupplier<never, never, unknown, unknown>, rows: readonly Row[]): Row[] {
  return run(operator, rows).map(({ record }): Row => [record.key, record.value]);
}

describe("Operators on streams", () => {
  const isOdd = (_key: unknown, value: number | null) => value !== null && value % 2 === 1;
  const cases: readonly (readonly [name: string, operator: unknown, input: readonly Row[], output: readonly Row[]])[] =
    [
      ["filter keeps what matches, null keys too", streamFilter(isOdd, false), all, [a1, nobody3]],
      ["filterNot keeps the rest, null values too", streamFilter(isOdd, true), all, [b2, cNothing]],
      [
        "map gives one for one",
        streamMap((k: unknown, v: unknown) => [v, k]),
        all,
        [
          [1, "a"],
          [2, "b"],
          [3, null],
          [null, "c"],
        ],
      ],
      [
        "mapValues sees the value first",
        streamMapValues((v: unknown, k: unknown) => `${String(k)}=${String(v)}`),
        all,
        [
          ["a", "a=1"],
          ["b", "b=2"],
          [null, "null=3"],
          ["c", "c=null"],
        ],
      ],
      ["mapValues may give null", streamMapValues(() => null), [a1], [["a", null]]],
      [
        "flatMap gives any number in order",
        streamFlatMap((k: unknown, v: unknown) => (k === null ? [] : [[k, v] as const, [v, k] as const])),
        [a1, nobody3],
        [a1, [1, "a"]],
      ],
      [
        "flatMapValues takes any iterable",
        streamFlatMapValues((v: number) => new Set([v, v * 10])),
        [a1, b2],
        [a1, ["a", 10], b2, ["b", 20]],
      ],
      [
        "selectKey changes the key only",
        streamSelectKey((k: unknown, v: unknown) => v ?? k),
        all,
        [[1, 1], [2, 2], [3, 3], cNothing],
      ],
      ["passThrough changes nothing", passThrough(), all, all],
      ["dropNullKeys drops null keys", dropNullKeys(), all, [a1, b2, cNothing]],
      ["forEach ends the stream", streamForEach(() => undefined), all, []],
    ];
  for (const [name, operator, input, output] of cases) {
    it(name, () => {
      expect(out(operator as ProcessorSupplier<never, never>, input)).toEqual(output);
    });
  }

  it("leave timestamp and headers as they were", () => {
    const operators = [
      streamFilter(() => true, false),
      streamMap((k: unknown, v: unknown) => [k, v]),
      streamMapValues((v: unknown) => v),
      streamFlatMap((k: unknown, v: unknown) => [[k, v] as const]),
      streamFlatMapValues((v: unknown) => [v]),
      streamSelectKey((k: unknown) => k),
    ];
    for (const operator of operators) {
      const [only] = run(operator as ProcessorSupplier<never, never>, [a1]);
      expect(only!.record).toMatchObject({ key: "a", value: 1, timestamp: 10, headers: [{ key: "trace" }] });
    }
  });

  it("tell user code where the record came from", () => {
    const seen: unknown[] = [];
    const peek = streamPeek((_key: unknown, _value: unknown, { topic, partition, offset, timestamp, headers }) => {
      seen.push([topic, partition, offset, timestamp, headers === noHeaders ? 0 : headers.length]);
    });
    expect(out(peek as ProcessorSupplier<never, never>, [a1, b2])).toEqual([a1, b2]);
    expect(seen).toEqual([
      ["in", 0, 0, 10, 1],
      ["in", 0, 1, 11, 1],
    ]);
  });

  it("branch by the first predicate that holds; the last child takes the rest, if there is one", () => {
    const predicates = [(k: unknown) => k === "a", (_: unknown, v: unknown) => v === 1 || v === 2];
    const rows = [a1, b2, cNothing];
    const routed = (children: string[]) =>
      run(streamBranch(predicates, children) as ProcessorSupplier<never, never>, rows, children).map(
        ({ child, record }) => [child, record.key],
      );
    expect(routed(["one", "two", "rest"])).toEqual([
      ["one", "a"],
      ["two", "b"],
      ["rest", "c"],
    ]);
    expect(routed(["one", "two"])).toEqual([
      ["one", "a"],
      ["two", "b"],
    ]);
  });

  it("print a label and the record's text", () => {
    let printed = "";
    const print = streamPrint({
      label: "KSTREAM-SOURCE-0000000000",
      format: (key: unknown, value: unknown) => `${String(key)}, ${String(value)}`,
      write: (line) => (printed += line),
    });
    run(print as ProcessorSupplier<never, never>, [a1, nobody3]);
    expect(printed).toBe("[KSTREAM-SOURCE-0000000000]: a, 1\n[KSTREAM-SOURCE-0000000000]: null, 3\n");
  });
});

describe("A function that forgets to return stops the task, and the error names the node", () => {
  const forgets = (() => undefined) as () => never;
  const nullish = (() => null) as () => never;
  const operators: readonly (readonly [string, unknown, unknown])[] = [
    ["filter", streamFilter(forgets, false), UndefinedResultError],
    ["map", streamMap(forgets), UndefinedResultError],
    ["map, of half a pair", streamMap(() => ["k"] as never), UndefinedResultError],
    ["map, with null", streamMap(nullish), NullResultError],
    ["mapValues", streamMapValues(forgets), UndefinedResultError],
    ["flatMap", streamFlatMap(forgets), UndefinedResultError],
    ["flatMap, with null", streamFlatMap(nullish), NullResultError],
    ["flatMap, of an empty pair", streamFlatMap(() => [[] as never]), UndefinedResultError],
    ["flatMap, of no pair", streamFlatMap(() => [null as never]), NullResultError],
    ["flatMapValues", streamFlatMapValues(forgets), UndefinedResultError],
    ["flatMapValues, with null", streamFlatMapValues(nullish), NullResultError],
    ["flatMapValues, of a value", streamFlatMapValues(() => [undefined]), UndefinedResultError],
    ["selectKey", streamSelectKey(forgets), UndefinedResultError],
    ["branch", streamBranch([forgets], ["out"]), UndefinedResultError],
  ];
  for (const [name, operator, wanted] of operators) {
    it(name, () => {
      let cause: unknown;
      try {
        out(operator as ProcessorSupplier<never, never>, [a1]);
      } catch (error) {
        cause = (error as Error).cause;
      }
      expect(cause).toBeInstanceOf(wanted);
      expect(cause).toMatchObject({ nodeName: "op" });
    });
  }
});
