import { describe, expect, it } from "vitest";
import {
  serdes,
  StreamsBuilder,
  TopologyError,
  UndefinedResultError,
  versionedStore,
  type ForeignKeyJoinOptions,
  type KTable,
} from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
const serde = { key: string, value: string };
type Table = KTable<string, string>;
type Row = readonly [topic: string, key: string, value: string | null, timestamp: number];
type Options = ForeignKeyJoinOptions<string, string, string, string>;

/** The foreign key is what stands before the colon; null without one. */
const on = (value: string): string | null => (value.includes(":") ? value.slice(0, value.indexOf(":")) : null);
const pair = (left: string, right: string | null): string => `${left}+${right}`;
const inner = (left: Table, right: Table, options: Options = { on }): Table => left.join(right, pair, options);
const leftOuter = (left: Table, right: Table, options: Options = { on }): Table => left.leftJoin(right, pair, options);

/** What a join of the tables of `l` and `r` hands on, as `key=value@timestamp`, and how many records were dropped. */
function run(join: (left: Table, right: Table) => Table, rows: readonly Row[]): { output: string[]; dropped: number } {
  const builder = new StreamsBuilder({ key: string, value: string });
  join(builder.table("l"), builder.table("r")).toStream().to("out");
  using driver = new TopologyTestDriver(builder.build());
  for (const [topic, key, value, timestamp] of rows)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
  const records = driver.createOutputTopic("out", serde).readAllRecords();
  const output = records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
  return { output, dropped: driver.droppedRecords };
}

describe("A join by foreign key", () => {
  it("inner: joins each row with the one it refers to; many may refer to one", () => {
    const rows: Row[] = [
      ["l", "a", "p:1", 1],
      ["r", "p", "P1", 2],
      ["l", "b", "p:2", 3],
      ["r", "p", "P2", 4],
      ["l", "b", "q:2", 5],
    ];
    const output = ["a=p:1+P1@2", "b=p:2+P1@3", "a=p:1+P2@4", "b=p:2+P2@4", "b=null@5"];
    expect(run(inner, rows)).toEqual({ output, dropped: 0 });
  });

  it("left: keeps rows without another", () => {
    const rows: Row[] = [
      ["l", "a", "p:1", 1],
      ["r", "p", "P1", 2],
      ["l", "a", null, 3],
      ["l", "a", null, 4],
    ];
    expect(run(leftOuter, rows)).toEqual({ output: ["a=p:1+null@1", "a=p:1+P1@2", "a=null@3"], dropped: 0 });
  });

  it("inner: drops rows that refer to nothing, after taking back what they referred to before (J14)", () => {
    const rows: Row[] = [
      ["r", "p", "P1", 1],
      ["l", "a", "p:1", 2],
      ["l", "a", "nothing", 3],
      ["r", "p", "P2", 4],
      ["l", "b", "nothing", 5],
    ];
    expect(run(inner, rows)).toEqual({ output: ["a=p:1+P1@2", "a=null@3"], dropped: 2 });
  });

  it("left: keeps rows that refer to nothing", () => {
    const rows: Row[] = [
      ["r", "p", "P1", 1],
      ["l", "a", "p:1", 2],
      ["l", "a", "nothing", 3],
    ];
    expect(run(leftOuter, rows)).toEqual({ output: ["a=p:1+P1@2", "a=nothing+null@3"], dropped: 0 });
  });

  it("gives tombstones for rows that never joined where the key changed, as it cannot know (J13)", () => {
    const rows: Row[] = [
      ["l", "a", "p:1", 1],
      ["l", "a", "q:1", 2],
      ["l", "a", null, 3],
    ];
    expect(run(inner, rows)).toEqual({ output: ["a=null@2", "a=null@3"], dropped: 0 });
  });

  it("tells keys apart of which one is the other's beginning", () => {
    const rows: Row[] = [
      ["l", "a", "p:1", 1],
      ["l", "b", "pp:2", 2],
      ["l", "pa", ":3", 3],
      ["r", "p", "P", 4],
      ["r", "pp", "PP", 5],
      ["r", "", "E", 6],
    ];
    expect(run(inner, rows).output).toEqual(["a=p:1+P@4", "b=pp:2+PP@5", "pa=:3+E@6"]);
  });

  it("joins a table with itself, derived tables, and its own result", () => {
    const rows: Row[] = [
      ["l", "p", "nothing", 1],
      ["l", "a", "p:1", 2],
    ];
    expect(run((left) => inner(left, left), rows).output).toEqual(["a=p:1+nothing@2"]);
    const shouted = run(
      (left) =>
        inner(
          left.mapValues((value) => value),
          left.mapValues((value) => `${value}!`),
        ),
      rows,
    );
    expect(shouted.output).toEqual(["a=p:1+nothing!@2"]);
    const again = run((left) => inner(inner(left, left), left, { on: (value) => value.slice(0, 1) }), rows);
    expect(again.output).toEqual(["a=p:1+nothing+nothing@2"]);
  });

  it("drops out-of-order updates of versioned tables (J10)", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const versioned = (name: string) => ({ supplier: versionedStore(name, { historyRetentionMs: 100 }) });
    const [left, right] = [builder.table("l", versioned("ls")), builder.table("r", versioned("rs"))];
    left.join(right, pair, { on }).toStream().to("out");
    using driver = new TopologyTestDriver(builder.build());
    const rows: Row[] = [
      ["l", "a", "p:2", 20],
      ["l", "a", "p:1", 10],
      ["r", "p", "P2", 20],
      ["r", "p", "P1", 10],
    ];
    for (const [topic, key, value, timestamp] of rows)
      driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
    expect(driver.createOutputTopic("out", serde).readAllValues()).toEqual(["p:2+P2"]);
    expect(driver.droppedRecords).toBe(2);
  });

  it("keeps its rows where a store is named", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    inner(builder.table("l"), builder.table("r"), { on, store: "joined", value: string });
    using driver = new TopologyTestDriver(builder.build());
    driver.createInputTopic("r", serde).pipeInput("p", "P", { timestamp: 9 });
    driver.createInputTopic("l", serde).pipeInput("a", "p:1", { timestamp: 1 });
    expect(driver.getKeyValueStore<string, string>("joined")!.get("a")).toBe("p:1+P");
  });

  it("answers through the partitioners it is given", () => {
    const asked: string[] = [];
    const options: Options = {
      on,
      partitioner: (_topic, key) => void asked.push(`left ${key}`),
      otherPartitioner: (_topic, key) => void asked.push(`right ${key}`),
    };
    run((left, right) => leftOuter(left, right, options), [["l", "a", "p:1", 1]]);
    expect(asked).toEqual(["right p", "left a"]);
  });

  it("fails where a function forgets to return, and with another builder's table", () => {
    const forgets = { on: () => undefined } as unknown as Options;
    const rows: Row[] = [["l", "a", "p:1", 1]];
    expect(() => run((left, right) => inner(left, right, forgets), rows)).toThrow(
      expect.objectContaining({ cause: expect.any(UndefinedResultError) as unknown }),
    );
    const other = new StreamsBuilder({ key: string, value: string }).table<string, string>("r");
    expect(() => run((left) => inner(left, other), rows)).toThrow(TopologyError);
  });
});
