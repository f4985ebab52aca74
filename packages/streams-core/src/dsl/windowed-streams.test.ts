import { describe, expect, it } from "vitest";
import {
  InvalidArgumentError,
  serdes,
  StreamsBuilder,
  windows,
  type KGroupedStream,
  type KStream,
  type Windowed,
} from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
type Row = readonly [key: string | null, value: string | null, timestamp: number];
/** A record, or the wall clock moved on by so many milliseconds. */
type Step = Row | number;
type Write = (grouped: KGroupedStream<string, string>) => { toStream(): unknown };

/** What a windowed table hands on, as `key[start,end] value @timestamp`, and how many records it dropped. */
function run(write: Write, steps: readonly Step[], cacheMaxBytes = 0): { rows: string[]; dropped: number } {
  const builder = new StreamsBuilder({ key: string, value: string });
  const results = write(builder.stream("in").groupByKey()).toStream() as KStream<Windowed<string>, unknown>;
  results.map(({ key, startMs, endMs }, value) => [`${key}[${startMs},${endMs}]`, String(value)]).to("out");
  using driver = new TopologyTestDriver(builder.build(), { cacheMaxBytes });
  const input = driver.createInputTopic("in", { key: string, value: string });
  for (const step of steps) {
    if (typeof step === "number") driver.advanceWallClockTime(step);
    else input.pipeInput(step[0], step[1], { timestamp: step[2] });
  }
  const records = driver.createOutputTopic("out", { key: string, value: string }).readAllRecords();
  const rows = records.map(({ key, value, timestamp }) => `${key} ${value} @${timestamp}`);
  return { rows, dropped: driver.droppedRecords };
}

const join = { init: () => "", add: (_: string, value: string, text: string) => text + value };
const joinSessions = { ...join, merge: (_: string, left: string, right: string) => left + right };

describe("A cache", () => {
  const late: readonly Row[] = [3, 20, 25, 22, 8, 13, 41].map((time) => ["a", String(time), time] as const);

  it.each([1, 120, 250, 10_000])(
    "of %i bytes changes no sliding window, whatever it evicts while it is read (W3)",
    (bytes) => {
      const count: Write = (grouped) =>
        grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10, graceMs: 60 })).count();
      const last = (rows: readonly string[]) => new Map(rows.map((row) => [row.split(" ")[0], row]));
      const uncached = run(count, late);
      const cached = run(count, late, bytes);
      expect([...last(cached.rows)].sort()).toEqual([...last(uncached.rows)].sort());
      expect(last(uncached.rows).get("a[15,25]")).toBe("a[15,25] 3 @25");
      expect(cached.dropped).toBe(0);
    },
  );

  it("takes sessions whose gap is longer than a segment, from the first record on (W4)", () => {
    const inactivityGapMs = 600_000;
    const aggregate: Write = (grouped) =>
      grouped
        .windowedBy(windows.session({ inactivityGapMs, graceMs: 0 }))
        .aggregate({ ...joinSessions, store: "sessions" });
    const { rows, dropped } = run(
      aggregate,
      [
        ["a", "1", 0],
        ["a", "2", inactivityGapMs],
        ["a", "3", 2 * inactivityGapMs + 1],
      ],
      1_000_000,
    );
    expect(rows.filter((row) => !row.includes(" null "))).toEqual([
      "a[0,0] 1 @0",
      `a[0,${inactivityGapMs}] 12 @${inactivityGapMs}`,
      `a[${2 * inactivityGapMs + 1},${2 * inactivityGapMs + 1}] 3 @${2 * inactivityGapMs + 1}`,
    ]);
    expect(dropped).toBe(0);
  });
});

describe("Aggregations by time window", () => {
  it("tumbling: count each window alone, late records within the grace included (W1)", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 10, graceMs: 5 })).count();
    const { rows, dropped } = run(count, [
      ["a", "x", 3],
      ["a", "x", 12],
      ["a", "x", 9],
      ["a", "x", 15],
      ["a", "x", 9],
    ]);
    expect(rows).toEqual(["a[0,10] 1 @3", "a[10,20] 1 @12", "a[0,10] 2 @9", "a[10,20] 2 @15"]);
    expect(dropped).toBe(1);
  });

  it("hopping: a late record updates the windows that are open and is dropped for each that is not", () => {
    const reduce: Write = (grouped) =>
      grouped.windowedBy(windows.hopping({ sizeMs: 10, advanceMs: 5 })).reduce((text, value) => text + value);
    const { rows, dropped } = run(reduce, [
      ["k", "A", 7],
      ["k", "B", 12],
      ["k", "C", 8],
    ]);
    expect(rows).toEqual(["k[0,10] A @7", "k[5,15] A @7", "k[5,15] AB @12", "k[10,20] B @12", "k[5,15] ABC @12"]);
    expect(dropped).toBe(1);
  });

  it("unlimited: one window from its start on, which never closes", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.unlimited({ startMs: 5 })).count();
    const { rows } = run(count, [
      ["a", "x", 3],
      ["a", "x", 900],
      ["a", "x", 7],
    ]);
    expect(rows).toEqual(["a[5,Infinity] 1 @900", "a[5,Infinity] 2 @900"]);
  });

  it("a null value is aggregated, a null key is dropped (T7); null from the aggregator deletes the window's row", () => {
    const aggregate: Write = (grouped) =>
      grouped.windowedBy(windows.tumbling({ sizeMs: 10 })).aggregate({
        init: () => "",
        add: (_, value, text) => (value === "x" ? null : `${text}${value}`),
      });
    const { rows, dropped } = run(aggregate, [
      ["a", "1", 1],
      ["a", null, 2],
      ["a", "x", 3],
      ["a", "2", 4],
      [null, "3", 5],
    ]);
    expect(rows).toEqual(["a[0,10] 1 @1", "a[0,10] 1null @2", "a[0,10] null @3", "a[0,10] 2 @4"]);
    expect(dropped).toBe(1);
  });

  it("a cache hands on one update a window and commit", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.hopping({ sizeMs: 10, advanceMs: 5 })).count();
    expect(run(count, [["a", "x", 7]], 1_000_000).rows).toEqual(["a[0,10] 1 @7", "a[5,15] 1 @7"]);
  });
});

describe("Aggregations by sliding window", () => {
  const aggregate: Write = (grouped) =>
    grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10, graceMs: 50 })).aggregate(join);

  it("hold each set of records that are no further apart than the difference (W3)", () => {
    const { rows } = run(aggregate, [
      ["k", "A", 20],
      ["k", "B", 25],
      ["k", "C", 22],
    ]);
    expect(rows).toEqual([
      "k[10,20] A @20",
      "k[21,31] B @25",
      "k[15,25] AB @25",
      "k[21,31] BC @25",
      "k[15,25] ABC @25",
      "k[12,22] AC @22",
      "k[23,33] B @25",
    ]);
  });

  it("put records younger than the difference into one window from 0 on", () => {
    const { rows } = run(aggregate, [
      ["k", "A", 8],
      ["k", "B", 3],
    ]);
    expect(rows).toEqual(["k[0,10] A @8", "k[4,14] A @8", "k[0,10] AB @8"]);
  });

  it("do not mix what a mutating aggregator adds to one window into another", () => {
    const lists: Write = (grouped) =>
      grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10, graceMs: 50 })).aggregate({
        init: () => [] as string[],
        add: (_, value, list) => {
          list.push(value);
          return list;
        },
        value: serdes.json<string[]>(),
      });
    const { rows } = run(lists, [
      ["k", "A", 20],
      ["k", "B", 25],
      ["k", "C", 22],
    ]);
    expect(rows.at(-1)).toBe("k[23,33] B @25");
  });

  it("count records of one moment when the difference is 0, which Kafka Streams forgets", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.sliding({ timeDifferenceMs: 0 })).count();
    const { rows } = run(count, [
      ["a", "x", 3],
      ["a", "x", 3],
      ["a", "x", 4],
    ]);
    expect(rows).toEqual(["a[3,3] 1 @3", "a[3,3] 2 @3", "a[4,4] 1 @4"]);
  });
});

describe("Aggregations by session", () => {
  const aggregate: Write = (grouped) =>
    grouped.windowedBy(windows.session({ inactivityGapMs: 5, graceMs: 50 })).aggregate(joinSessions);

  it("delete the sessions that a record makes one, then give that one, with its end as timestamp (W4, T5)", () => {
    const { rows } = run(aggregate, [
      ["k", "A", 10],
      ["k", "B", 20],
      ["k", "C", 15],
    ]);
    expect(rows).toEqual([
      "k[10,10] A @10",
      "k[20,20] B @20",
      "k[10,10] null @10",
      "k[20,20] null @20",
      "k[10,20] ABC @20",
    ]);
  });

  it("overwrite a session of the same bounds without deleting it", () => {
    const { rows } = run(aggregate, [
      ["k", "A", 10],
      ["k", "B", 10],
    ]);
    expect(rows).toEqual(["k[10,10] A @10", "k[10,10] AB @10"]);
  });

  it("take a late record that prolongs a session that is open", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.session({ inactivityGapMs: 5, graceMs: 5 })).count();
    const { rows, dropped } = run(count, [
      ["k", "x", 90],
      ["k", "x", 99],
      ["k", "x", 88],
      ["k", "x", 82],
    ]);
    expect(rows.slice(2)).toEqual(["k[90,90] null @90", "k[88,90] 2 @90"]);
    expect(dropped).toBe(1);
  });
});

describe("Results of closed windows (W5)", () => {
  const onClose = { emit: "onWindowClose", emitIntervalMs: 0 } as const;

  it("go out once, when stream time reaches their end and grace, in the order of the windows", () => {
    const count: Write = (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 10, graceMs: 5 }), onClose).count();
    const { rows } = run(count, [
      ["b", "x", 1],
      ["a", "x", 3],
      ["a", "x", 9],
      ["c", "x", 14],
      ["c", "x", 15],
      ["c", "x", 60],
    ]);
    expect(rows).toEqual(["a[0,10] 2 @9", "b[0,10] 1 @1"]);
  });

  it("are looked for once an interval of the wall clock", () => {
    const throttled = { emit: "onWindowClose" } as const;
    const count: Write = (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 10 }), throttled).count();
    const { rows } = run(count, [["a", "x", 3], ["a", "x", 12], 999, ["a", "x", 13], 1, ["a", "x", 14]]);
    expect(rows).toEqual(["a[0,10] 1 @3"]);
  });

  it("go out without records too, a time of the wall clock after the last; what comes later for them is late", () => {
    const idle = { ...onClose, closeAfterMs: 100 } as const;
    const count: Write = (grouped) => grouped.windowedBy(windows.hopping({ sizeMs: 10, advanceMs: 5 }), idle).count();
    const { rows, dropped } = run(count, [
      ["a", "x", 7],
      60,
      ["a", "x", 8],
      99,
      ["b", "x", 9],
      100,
      ["a", "x", 8],
      ["a", "x", 30],
    ]);
    expect(rows).toEqual(["a[0,10] 2 @8", "b[0,10] 1 @9", "a[5,15] 2 @8", "b[5,15] 1 @9"]);
    expect(dropped).toBe(2);
  });

  it("of sessions that the wall clock closed are not given again: a session after them begins anew", () => {
    const idle = { ...onClose, closeAfterMs: 100 } as const;
    const aggregate: Write = (grouped) =>
      grouped.windowedBy(windows.session({ inactivityGapMs: 5 }), idle).aggregate(joinSessions);
    const { rows } = run(aggregate, [["k", "A", 10], ["k", "B", 12], 100, ["k", "C", 14], 100]);
    expect(rows).toEqual(["k[10,12] AB @12", "k[14,14] C @14"]);
  });

  it("of sliding windows close by the wall clock too", () => {
    const idle = { ...onClose, closeAfterMs: 100 } as const;
    const aggregate: Write = (grouped) =>
      grouped.windowedBy(windows.sliding({ timeDifferenceMs: 10 }), idle).aggregate(join);
    const { rows } = run(aggregate, [["k", "A", 20], ["k", "B", 25], 100, ["k", "C", 60], 100]);
    expect(rows).toEqual(["k[10,20] A @20", "k[15,25] AB @25", "k[21,31] B @25", "k[50,60] C @60"]);
  });

  it("carry the headers of the record that closed them", () => {
    const builder = new StreamsBuilder({ key: string, value: string });
    const closing = builder
      .stream("in")
      .groupByKey()
      .windowedBy(windows.tumbling({ sizeMs: 10 }), onClose)
      .count();
    closing.toStream().to("out");
    using driver = new TopologyTestDriver(builder.build());
    const headers = [{ key: "h", value: null }];
    driver.pipeRaw("in", Buffer.from("a"), Buffer.from("x"), { timestamp: 1 });
    driver.pipeRaw("in", Buffer.from("a"), Buffer.from("x"), { timestamp: 11, headers });
    const key = serdes.timeWindowed(string, 10);
    const record = driver.createOutputTopic("out", { key, value: serdes.long }).readRecord();
    expect(record).toMatchObject({ key: { key: "a", startMs: 0, endMs: 10 }, value: 1, timestamp: 1, headers });
  });
});

describe("Windows are refused that", () => {
  it.each<[string, () => unknown]>([
    ["have no size", () => windows.tumbling({ sizeMs: 0 })],
    ["advance by more than their size", () => windows.hopping({ sizeMs: 10, advanceMs: 11 })],
    ["have a negative grace", () => windows.tumbling({ sizeMs: 5, graceMs: -1 })],
    ["are fractions", () => windows.session({ inactivityGapMs: 0.5 })],
    ["are negative", () => windows.sliding({ timeDifferenceMs: -1 })],
    [
      "are kept for less than their size and grace",
      () =>
        run(
          (grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 10, graceMs: 5 })).count({ retentionMs: 14 }),
          [],
        ),
    ],
    [
      "never close but are to be emitted on close",
      () => run((grouped) => grouped.windowedBy(windows.unlimited(), { emit: "onWindowClose" }).count(), []),
    ],
    [
      "close by the wall clock but are emitted at each update",
      () => run((grouped) => grouped.windowedBy(windows.tumbling({ sizeMs: 1 }), { closeAfterMs: 5 }).count(), []),
    ],
  ])("%s", (_, make) => {
    expect(make).toThrow(InvalidArgumentError);
  });

  it("but a session without a gap is none of them", () => {
    expect(windows.session({ inactivityGapMs: 0 })).toEqual({ kind: "session", inactivityGapMs: 0, graceMs: 0 });
  });
});
