import { describe, expect, it } from "vitest";
import {
  logAndContinue,
  InvalidArgumentError,
  serdes,
  StreamsBuilder,
  TopologyError,
  versionedStore,
  type KStream,
  type KTable,
  type RecordContext,
} from "../index.js";
import { TopologyTestDriver, type TopologyTestDriverOptions } from "../testing/index.js";

const { string } = serdes;
const serde = { key: string, value: string };
type Stream = KStream<string, string>;
type Table = KTable<string, string>;
/** `s` is the stream's topic, `t` the table's. */
type Row = readonly [topic: "s" | "t", key: string | null, value: string | null, timestamp: number];
interface Sources {
  readonly stream: Stream;
  readonly table: Table;
}

/** A topology of a stream, a table, and one that keeps its history for 100 ms. */
function build(join: (sources: Sources) => KStream<string, string>, versioned = false) {
  const builder = new StreamsBuilder({ key: string, value: string });
  const table = versioned
    ? builder.table("t", { supplier: versionedStore("rows", { historyRetentionMs: 100 }) })
    : builder.table("t");
  join({ stream: builder.stream("s"), table }).to("out");
  return builder.build();
}

function drive(driver: TopologyTestDriver, rows: readonly Row[]): string[] {
  for (const [topic, key, value, timestamp] of rows)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
  const records = driver.createOutputTopic("out", serde).readAllRecords();
  return records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
}

interface RunOptions extends TopologyTestDriverOptions {
  readonly versioned?: boolean;
}

/** What the join hands on, as `key=value@timestamp`, and how many records were dropped. */
function run(join: (sources: Sources) => KStream<string, string>, rows: readonly Row[], options: RunOptions = {}) {
  using driver = new TopologyTestDriver(build(join, options.versioned), options);
  const output = drive(driver, rows);
  return { output, dropped: driver.droppedRecords };
}

const pair = (value: string, row: string | null): string => `${value}+${row}`;

describe("Joins of a stream with a table", () => {
  /** The rows of the timelines in the documentation. */
  const rows: Row[] = [
    ["s", "a", "S1", 1],
    ["t", "a", "T1", 5],
    ["s", "a", "S2", 3],
    ["t", "a", null, 6],
    ["s", "a", "S3", 7],
  ];

  it("inner: give the records whose key has a row at that moment, with their own time (J16)", () => {
    expect(run(({ stream, table }) => stream.join(table, pair), rows).output).toEqual(["a=S2+T1@3"]);
  });

  it("left: give all records", () => {
    const output = ["a=S1+null@1", "a=S2+T1@3", "a=S3+null@7"];
    expect(run(({ stream, table }) => stream.leftJoin(table, pair), rows).output).toEqual(output);
  });

  it("drop and count null values and, but for left joins, null keys (KIP-962)", () => {
    const nulls: Row[] = [
      ["s", null, "S1", 1],
      ["s", "a", null, 2],
    ];
    expect(run(({ stream, table }) => stream.join(table, pair), nulls)).toEqual({ output: [], dropped: 2 });
    const left = run(({ stream, table }) => stream.leftJoin(table, pair), nulls);
    expect(left).toEqual({ output: ["null=S1+null@1"], dropped: 1 });
  });

  it("repartition a stream whose key may have changed", () => {
    const byFirst = ({ stream, table }: Sources) =>
      stream.selectKey((_, value) => value.charAt(0)).join(table, pair, { name: "by-first" });
    const topology = build(byFirst);
    using driver = new TopologyTestDriver(topology);
    const output = drive(driver, [
      ["t", "S", "T", 1],
      ["s", "a", "S1", 2],
    ]);
    expect(output).toEqual(["S=S1+T@2"]);
    expect(driver.producedTopicNames()).toContain("test-by-first-repartition");
    expect(topology.copartitionGroups("test")).toEqual([["t", "test-by-first-repartition"]]);
  });

  it("see a versioned table as it was at the record's time (J17)", () => {
    const { output } = run(
      ({ stream, table }) => stream.leftJoin(table, pair),
      [
        ["t", "a", "T10", 10],
        ["t", "a", "T20", 20],
        ["s", "a", "S15", 15],
        ["t", "a", "T12", 12],
        ["s", "a", "S15", 15],
        ["s", "a", "S9", 9],
        ["t", "a", null, 17],
        ["s", "a", "S18", 18],
      ],
      { versioned: true },
    );
    expect(output).toEqual(["a=S15+T10@15", "a=S15+T12@15", "a=S9+null@9", "a=S18+null@18"]);
  });

  it("are refused between builders, and with neither stream nor table", () => {
    const stranger = new StreamsBuilder({ key: string, value: string }).table("t");
    expect(() => build(({ stream }) => stream.join(stranger, pair))).toThrow(TopologyError);
    expect(() => build(({ stream }) => stream.join("t" as unknown as Table, pair))).toThrow(InvalidArgumentError);
  });

  it("come after the table they read, also where its repartition topic is used again later", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const groups = builder
      .stream("i")
      .selectKey((_, value) => value)
      .groupByKey({ name: "groups" });
    builder
      .stream("s")
      .join(
        groups.reduce((last) => last, { store: "first" }),
        pair,
      )
      .to("out");
    groups.reduce((_, value) => value, { store: "last" });
    expect(() => builder.build()).not.toThrow();
  });
});

describe("Joins with grace", () => {
  const waiting = ({ stream, table }: Sources) => stream.join(table, pair, { graceMs: 10, name: "j" });
  const versioned = true;

  it("let records wait until stream time is the grace period past their own (J18)", () => {
    const { output } = run(
      waiting,
      [
        ["t", "a", "T5", 5],
        ["s", "a", "S10", 10],
        ["t", "a", "T8", 8],
        ["s", "b", "S19", 19],
        ["s", "b", "S20", 20],
      ],
      { versioned },
    );
    expect(output).toEqual(["a=S10+T8@10"]);
  });

  it("go by the stream's times alone, in order of time", () => {
    const { output } = run(
      waiting,
      [
        ["t", "a", "T", 0],
        ["s", "a", "S30", 30],
        ["s", "a", "S22", 22],
        ["t", "a", "T99", 99],
        ["s", "a", "S50", 50],
      ],
      { versioned },
    );
    expect(output).toEqual(["a=S22+T@22", "a=S30+T@30"]);
  });

  it("join records at once that are older than the grace period allows", () => {
    const { output } = run(
      waiting,
      [
        ["t", "a", "T", 0],
        ["s", "b", "S30", 30],
        ["s", "a", "S19", 19],
      ],
      { versioned },
    );
    expect(output).toEqual(["a=S19+T@19"]);
  });

  it("left: do not wait with a null key, and drop null values", () => {
    const left = ({ stream, table }: Sources) => stream.leftJoin(table, pair, { graceMs: 10 });
    const nulls: Row[] = [
      ["s", null, "S1", 1],
      ["s", "a", null, 2],
      ["s", "a", "S3", 3],
      ["s", "a", "S13", 13],
    ];
    const { output, dropped } = run(left, nulls, { versioned });
    expect(output).toEqual(["null=S1+null@1", "a=S3+null@3"]);
    expect(dropped).toBe(1);
  });

  it("give the joiner the context that the record came with", () => {
    const withOffset = (value: string, _row: string | null, _key: string, context: RecordContext): string =>
      `${value} of ${context.topic}:${context.offset}@${context.timestamp}`;
    const left = ({ stream, table }: Sources) => stream.leftJoin(table, withOffset, { graceMs: 10 });
    const { output } = run(
      left,
      [
        ["s", "a", "S1", 1],
        ["s", "a", "S11", 11],
      ],
      { versioned },
    );
    expect(output).toEqual(["a=S1 of s:0@1@1"]);
  });

  it("do without a record that fails, if the error handler says so", () => {
    const failing = (value: string): string => {
      if (value === "bad") throw new Error("bad value");
      return value;
    };
    const left = ({ stream, table }: Sources) => stream.leftJoin(table, failing, { graceMs: 10 });
    const rows: Row[] = [
      ["s", "a", "bad", 1],
      ["s", "a", "S2", 2],
      ["s", "a", "S20", 20],
      ["s", "a", "S21", 21],
    ];
    const { output, dropped } = run(left, rows, { versioned, errors: { processing: logAndContinue } });
    expect(output).toEqual(["a=S2@2"]);
    expect(dropped).toBe(1);
  });

  it("need a versioned table whose history reaches back as far", () => {
    expect(() => build(waiting)).toThrow(InvalidArgumentError);
    const tooLong = ({ stream, table }: Sources) => stream.join(table, pair, { graceMs: 101 });
    expect(() => build(tooLong, true)).toThrow(/history for 100 ms/u);
    const negative = ({ stream, table }: Sources) => stream.join(table, pair, { graceMs: -1 });
    expect(() => build(negative, true)).toThrow(/graceMs is -1/u);
  });
});
