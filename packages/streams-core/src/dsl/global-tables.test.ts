import { describe, expect, it } from "vitest";
import {
  InvalidArgumentError,
  serdes,
  StreamsBuilder,
  TopologyError,
  UndefinedResultError,
  versionedStore,
  type GlobalKTable,
  type KStream,
} from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
const serde = { key: string, value: string };
/** `s` is the stream's topic, `g` the table's. */
type Row = readonly [topic: "s" | "g", key: string | null, value: string | null, timestamp: number];
type Join = (stream: KStream<string, string>, table: GlobalKTable<string, string>) => KStream<string, string>;

/** What the join hands on, as `key=value@timestamp`, how many records were dropped, and the table's rows. */
function run(join: Join, rows: readonly Row[]) {
  const builder = new StreamsBuilder({ key: string, value: string });
  join(builder.stream("s"), builder.globalTable("g", { store: "rows" })).to("out");
  using driver = new TopologyTestDriver(builder.build());
  for (const [topic, key, value, timestamp] of rows)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
  const records = driver.createOutputTopic("out", serde).readAllRecords();
  const output = records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
  const kept = [...driver.getKeyValueStore<string, string>("rows")!.all()].map(({ key, value }) => `${key}=${value}`);
  return { output, dropped: driver.droppedRecords, kept };
}

const pair = (value: string, row: string | null): string => `${value}+${row}`;
/** What stands before a colon. */
const on = (_: string, value: string): string | null => (value.includes(":") ? value.split(":")[0]! : null);

describe("Joins of a stream with a global table", () => {
  const rows: Row[] = [
    ["s", "7", "de:A", 0],
    ["g", "de", "Germany", 1],
    ["s", "8", "de:B", 5],
    ["s", null, "de:C", 5],
    ["s", "9", "nowhere", 6],
    ["s", "9", null, 6],
    ["g", "de", null, 6],
    ["g", null, "Nothing", 6],
    ["s", "9", "de:D", 7],
  ];

  it("inner: give records with the row that `on` names, null keys included (J16)", () => {
    const { output, dropped } = run((stream, table) => stream.join(table, pair, { on }), rows);
    expect(output).toEqual(["8=de:B+Germany@5", "null=de:C+Germany@5"]);
    // A record for which `on` gives null, one without a value, and a row without a key.
    expect(dropped).toBe(3);
  });

  it("left: give all records that have a value", () => {
    const { output, dropped } = run((stream, table) => stream.leftJoin(table, pair, { on }), rows);
    expect(output).toEqual([
      "7=de:A+null@0",
      "8=de:B+Germany@5",
      "null=de:C+Germany@5",
      "9=nowhere+null@6",
      "9=de:D+null@7",
    ]);
    expect(dropped).toBe(2);
  });

  it("keep the latest row of each key, whatever its time", () => {
    const join: Join = (stream, table) => stream.join(table, pair, { on });
    const { kept } = run(join, [
      ["g", "de", "Germany", 9],
      ["g", "de", "Deutschland", 3],
      ["g", "fr", "France", 1],
    ]);
    expect(kept).toEqual(["de=Deutschland", "fr=France"]);
  });

  it("keep the mark of a changed key, so that what groups next repartitions (T8)", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const table = builder.globalTable("g");
    builder
      .stream("s")
      .selectKey((_, value) => value)
      .join(table, pair, { on: (key) => key })
      .groupByKey({ name: "again" })
      .count();
    expect(
      builder
        .build()
        .internalTopics("app")
        .map(({ name }) => name),
    ).toContain("app-again-repartition");
  });

  it("have no changelog", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    builder.stream("s").join(builder.globalTable("g"), pair, { on }).to("out");
    expect(builder.build().internalTopics("app")).toEqual([]);
  });

  it("are refused without `on`, between builders, and versioned", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const stream = builder.stream("s");
    const stranger = new StreamsBuilder({ key: string, value: string }).globalTable("g");
    expect(() => stream.join(stranger, pair, { on })).toThrow(TopologyError);
    expect(() => stream.join(builder.globalTable("g"), pair, {} as never)).toThrow(InvalidArgumentError);
    const supplier = versionedStore("history", { historyRetentionMs: 100 });
    expect(() => builder.globalTable("h", { supplier })).toThrow(TopologyError);
  });

  it("refuse an `on` that gives undefined", () => {
    const forgetful: Join = (stream, table) => stream.join(table, pair, { on: () => undefined as unknown as string });
    expect(() => run(forgetful, [["s", "a", "b", 1]])).toThrow(
      expect.objectContaining({ cause: expect.any(UndefinedResultError) }),
    );
  });
});
