import { describe, expect, it } from "vitest";
import {
  InvalidArgumentError,
  serdes,
  StreamsBuilder,
  TopologyError,
  UndefinedResultError,
  versionedStore,
  type KTable,
  type TableJoinOptions,
} from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
type Table = KTable<string, string>;
const serde = { key: string, value: string };
type Row = readonly [topic: string, key: string | null, value: string | null, timestamp: number];
type Join = (left: Table, right: Table) => Table;

function pipeAll(driver: TopologyTestDriver, rows: readonly Row[]): void {
  for (const [topic, key, value, timestamp] of rows)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
}

/** What a join of the tables of `l` and `r` hands on, as `key=value@timestamp`, and how many records were dropped. */
function run(join: Join, rows: readonly Row[], cacheMaxBytes = 0): { output: string[]; dropped: number } {
  const builder = new StreamsBuilder({ key: string, value: string });
  join(builder.table("l"), builder.table("r")).toStream().to("out");
  using driver = new TopologyTestDriver(builder.build(), { cacheMaxBytes });
  pipeAll(driver, rows);
  const records = driver.createOutputTopic("out", serde).readAllRecords();
  const output = records.map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`);
  return { output, dropped: driver.droppedRecords };
}

const pair = (left: string | null, right: string | null): string => `${left}+${right}`;
const kept: TableJoinOptions<string, string> = { store: "joined", value: string };

/** The rows of the timelines in the verbs' documentation. */
const leftFirst: Row[] = [
  ["l", "a", "L1", 1],
  ["r", "a", "R1", 2],
  ["l", "a", "L2", 5],
  ["r", "a", null, 6],
  ["l", "a", null, 7],
];

describe("Joins of tables by key", () => {
  it("inner: have the rows of keys that both tables have (J9)", () => {
    const output = ["a=L1+R1@2", "a=L2+R1@5", "a=null@6"];
    expect(run((left, right) => left.join(right, pair), leftFirst).output).toEqual(output);
    expect(run((left, right) => left.join(right, pair, kept), leftFirst).output).toEqual(output);
  });

  it("left: have all rows of the left table", () => {
    const output = ["a=L1+null@1", "a=L1+R1@2", "a=L2+R1@5", "a=L2+null@6", "a=null@7"];
    expect(run((left, right) => left.leftJoin(right, pair), leftFirst).output).toEqual(output);
    expect(run((left, right) => left.leftJoin(right, pair, kept), leftFirst).output).toEqual(output);
  });

  it("outer: have the rows of both tables", () => {
    const rows: Row[] = [
      ["r", "a", "R1", 1],
      ["l", "a", "L1", 2],
      ["r", "a", "R2", 5],
      ["l", "a", null, 6],
      ["r", "a", null, 7],
    ];
    const output = ["a=null+R1@1", "a=L1+R1@2", "a=L1+R2@5", "a=null+R2@6", "a=null@7"];
    expect(run((left, right) => left.outerJoin(right, pair), rows).output).toEqual(output);
    expect(run((left, right) => left.outerJoin(right, pair, kept), rows).output).toEqual(output);
  });

  it("say nothing of deletions on a side whose partner is not there", () => {
    const rows: Row[] = [
      ["l", "a", null, 1],
      ["r", "a", null, 2],
      ["r", "b", "R", 3],
    ];
    expect(run((left, right) => left.leftJoin(right, pair), rows).output).toEqual([]);
    expect(run((left, right) => left.outerJoin(right, pair), rows).output).toEqual(["b=null+R@3"]);
  });

  it("take the later of both rows' times, also for an update that is older", () => {
    const rows: Row[] = [
      ["r", "a", "R1", 9],
      ["l", "a", "L1", 3],
      ["r", "a", "R2", 1],
    ];
    expect(run((left, right) => left.join(right, pair), rows).output).toEqual(["a=L1+R1@9", "a=L1+R2@3"]);
  });

  it("drop and count null keys", () => {
    const rows: Row[] = [
      ["l", null, "L", 1],
      ["r", null, "R", 2],
    ];
    expect(run((left, right) => left.outerJoin(right, pair), rows)).toEqual({ output: [], dropped: 2 });
  });

  it("delete the row for a joiner's null, and refuse its undefined", () => {
    const notTwo = (left: string, right: string): string | null => (right === "R2" ? null : left + right);
    const rows: Row[] = [
      ["l", "a", "L", 1],
      ["r", "a", "R1", 2],
      ["r", "a", "R2", 3],
    ];
    const output = ["a=LR1@2", "a=null@3"];
    expect(run((left, right) => left.join(right, notTwo), rows).output).toEqual(output);
    const forgetful = (left: string): string => (left === "" ? left : (undefined as unknown as string));
    expect(() => run((left, right) => left.join(right, forgetful), rows)).toThrow(
      expect.objectContaining({ cause: expect.any(UndefinedResultError) }),
    );
  });

  it("give the joiner the key", () => {
    const withKey = (left: string, right: string, key: string): string => `${key}:${left}${right}`;
    expect(run((left, right) => left.join(right, withKey), leftFirst.slice(0, 2)).output).toEqual(["a=a:L1R1@2"]);
  });

  it("of a table with itself meet its own rows", () => {
    const rows: Row[] = [
      ["l", "a", "L1", 1],
      ["l", "a", "L2", 2],
    ];
    const output = ["a=L1+L1@1", "a=L1+L1@1", "a=L2+L2@2", "a=L2+L2@2"];
    expect(run((left) => left.join(left, pair), rows).output).toEqual(output);
  });

  it("of joins and mapped tables look rows up where they are kept, or compute them (B3)", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const lower = builder.table("l").mapValues((value) => value.toLowerCase());
    const notTwo = builder.table("r").filter((_, value) => value !== "R2");
    builder.table("x").leftJoin(lower.join(notTwo, pair), pair).toStream().to("out");
    using driver = new TopologyTestDriver(builder.build());
    pipeAll(driver, [
      ["l", "a", "L1", 1],
      ["r", "a", "R1", 2],
      ["x", "a", "X", 3],
      ["r", "a", "R2", 4],
    ]);
    expect(driver.createOutputTopic("out", serde).readAllValues()).toEqual(["X+l1+R1", "X+null"]);
  });

  it("ignore and count out-of-order updates of versioned tables (J10)", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const left = builder.table("l", { supplier: versionedStore("left", { historyRetentionMs: 100 }) });
    left.join(builder.table("r"), pair).toStream().to("out");
    using driver = new TopologyTestDriver(builder.build());
    pipeAll(driver, [
      ["r", "a", "R", 1],
      ["l", "a", "L20", 20],
      ["l", "a", "L10", 10],
      ["l", "a", "L30", 30],
    ]);
    expect(driver.createOutputTopic("out", serde).readAllValues()).toEqual(["L20+R", "L30+R"]);
    expect(driver.droppedRecords).toBe(1);
  });

  it("are refused between builders, and with what is no table", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const stranger = new StreamsBuilder({ key: string, value: string }).table("r");
    expect(() => builder.table("l").join(stranger, pair)).toThrow(TopologyError);
    expect(() => builder.table("m").join({} as Table, pair)).toThrow(InvalidArgumentError);
  });
});
