import { describe, expect, test } from "vitest";
import { StreamsBuilder, suppressed, versionedStore, windows, type Suppressed } from "../dsl/index.js";
import { TopologyError, type Windowed } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { TopologyTestDriver } from "../testing/index.js";

const strings = { key: serdes.string, value: serdes.string };

type Row = readonly [key: string, value: string | null, timestamp: number];

function builder() {
  return new StreamsBuilder(strings);
}

/** Pipes into "in"; gives what comes out of "out" after each row. */
function outputs(driver: TopologyTestDriver, rows: readonly Row[]): string[] {
  const input = driver.createInputTopic("in", { key: serdes.string, value: serdes.nullable(serdes.string) });
  return rows.map(([key, value, timestamp]) => {
    input.pipeInput(key, value, { timestamp });
    return read(driver);
  });
}

function read(driver: TopologyTestDriver): string {
  const output = driver.createOutputTopic("out", { key: serdes.string, value: serdes.nullable(serdes.string) });
  return output
    .readAllRecords()
    .map(({ key, value, timestamp }) => `${key} ${value}@${timestamp}`)
    .join(", ");
}

/** A table held back. */
function tableDriver(by: Suppressed<string>): TopologyTestDriver {
  const b = builder();
  b.table("in")
    .suppress(by)
    .toStream()
    .to("out", { value: serdes.nullable(serdes.string) });
  return new TopologyTestDriver(b.build());
}

/** Counts in tumbling windows of 10 with a grace of 5, held back. */
function countDriver(by: Suppressed<Windowed<string>>): TopologyTestDriver {
  const b = builder();
  b.stream("in")
    .groupByKey()
    .windowedBy(windows.tumbling({ sizeMs: 10, graceMs: 5 }))
    .count()
    .suppress(by)
    .toStream()
    .map((key, count) => [`${key.key}@${key.startMs}`, String(count)], { key: serdes.string, value: serdes.string })
    .to("out");
  return new TopologyTestDriver(b.build());
}

describe("until a time limit", () => {
  test("the latest update goes on, that long after the key's first one", () => {
    using driver = tableDriver(suppressed.untilTimeLimit({ timeLimitMs: 10 }));
    expect(
      outputs(driver, [
        ["a", "A", 0],
        ["b", "B", 4],
        ["a", "C", 9],
        ["x", "X", 10],
        ["y", "Y", 14],
      ]),
    ).toEqual(["", "", "", "a C@9", "b B@4"]);
  });

  test("deletions go on, too", () => {
    using driver = tableDriver(suppressed.untilTimeLimit({ timeLimitMs: 5 }));
    expect(
      outputs(driver, [
        ["a", "A", 0],
        ["a", null, 1],
        ["b", "B", 5],
      ]),
    ).toEqual(["", "", "a null@1"]);
  });

  test("over its bounds the oldest go early, smaller keys first", () => {
    using driver = tableDriver(suppressed.untilTimeLimit({ timeLimitMs: 100, maxRecords: 2 }));
    expect(
      outputs(driver, [
        ["b", "B", 0],
        ["a", "A", 0],
        ["c", "C", 1],
        ["d", "D", 2],
      ]),
    ).toEqual(["", "", "a A@0", "b B@0"]);
  });

  test("over its bounds the app stops, if it is told to", () => {
    using driver = tableDriver(suppressed.untilTimeLimit({ timeLimitMs: 100, maxRecords: 1, onFull: "shutDown" }));
    expect(() =>
      outputs(driver, [
        ["a", "A", 0],
        ["b", "B", 0],
      ]),
    ).toThrow(expect.objectContaining({ cause: expect.objectContaining({ code: "MILLRACE_SUPPRESS_BUFFER_FULL" }) }));
  });

  test("who looks a row up behind it sees what has been let go", () => {
    const b = builder();
    const table = b.table("in").suppress(suppressed.untilTimeLimit({ timeLimitMs: 10 }));
    b.stream("ask")
      .leftJoin(table, (_, row) => String(row), { value: serdes.string })
      .to("out");
    using driver = new TopologyTestDriver(b.build());
    const asked = driver.createInputTopic("ask", strings);
    const answers: string[] = [];
    for (const row of [
      ["a", "A", 0],
      ["z", "Z", 20],
      ["a", "B", 21],
      ["z", "Z", 40],
    ] as const) {
      outputs(driver, [row]);
      asked.pipeInput("a", "?", { timestamp: row[2] });
      answers.push(read(driver));
    }
    expect(answers).toEqual(["a null@0", "a A@20", "a A@21", "a B@40"]);
  });

  test("after a while without input everything goes, by the wall clock", () => {
    using driver = tableDriver(suppressed.untilTimeLimit({ timeLimitMs: 100, closeAfterMs: 50 }));
    outputs(driver, [["a", "A", 0]]);
    driver.advanceWallClockTime(30);
    outputs(driver, [["b", "B", 1]]);
    driver.advanceWallClockTime(49);
    expect(read(driver)).toBe("");
    driver.advanceWallClockTime(1);
    expect(read(driver)).toBe("a A@0, b B@1");
  });
});

describe("until windows close", () => {
  test("each window has one result, once its grace is over", () => {
    using driver = countDriver(suppressed.untilWindowCloses());
    const rows: Row[] = [
      ["b", "x", 1],
      ["a", "x", 3],
      ["a", "x", 12],
      ["a", "x", 4],
      ["c", "x", 15],
      ["a", "x", 9],
    ];
    expect(outputs(driver, rows)).toEqual(["", "", "", "", "a@0 2@4, b@0 1@1", ""]);
    expect(driver.droppedRecords).toBe(1);
  });

  test("what the wall clock has closed takes no more updates", () => {
    using driver = countDriver(suppressed.untilWindowCloses({ closeAfterMs: 50 }));
    outputs(driver, [["a", "x", 1]]);
    driver.advanceWallClockTime(50);
    expect(read(driver)).toBe("a@0 1@1");
    expect(
      outputs(driver, [
        ["a", "x", 2],
        ["a", "x", 12],
        ["a", "x", 25],
      ]),
    ).toEqual(["", "", "a@10 1@12"]);
    expect(driver.droppedRecords).toBe(1);
  });

  test("needs windows", () => {
    const b = builder();
    const closes = suppressed.untilWindowCloses() as Suppressed<unknown>;
    b.table("in").suppress(closes).toStream().to("out");
    expect(() => b.build()).toThrow(TopologyError);
  });

  test("waits for the longest grace upstream", () => {
    const b = builder();
    const counts = (graceMs: number) =>
      b
        .stream("in")
        .groupByKey()
        .windowedBy(windows.tumbling({ sizeMs: 10, graceMs }))
        .count();
    counts(0)
      .join(counts(7), (left, right) => left + right, { value: serdes.long })
      .suppress(suppressed.untilWindowCloses())
      .toStream()
      .map((key, count) => [key.key, String(count)], strings)
      .to("out");
    using driver = new TopologyTestDriver(b.build());
    expect(
      outputs(driver, [
        ["a", "x", 1],
        ["a", "x", 16],
        ["a", "x", 17],
      ]),
    ).toEqual(["", "", "a 2@1"]);
  });
});

test("a versioned table cannot be held back", () => {
  const b = builder();
  b.table("in", { supplier: versionedStore("v", { historyRetentionMs: 100 }) })
    .suppress(suppressed.untilTimeLimit({ timeLimitMs: 1 }))
    .toStream()
    .to("out");
  expect(() => b.build()).toThrow(TopologyError);
});

test.each([
  ["a negative limit", () => suppressed.untilTimeLimit({ timeLimitMs: -1 })],
  ["half a record", () => suppressed.untilWindowCloses({ maxRecords: 0.5 })],
  ["no time to wait", () => suppressed.untilWindowCloses({ closeAfterMs: 0 })],
])("%s is refused", (_, make) => {
  expect(make).toThrow(expect.objectContaining({ code: "MILLRACE_INVALID_ARGUMENT" }));
});

test("a join behind it still asks for equal partition counts", () => {
  const b = builder();
  const table = b.table("rows").suppress(suppressed.untilTimeLimit({ timeLimitMs: 10 }));
  b.stream("in")
    .join(table, (left, right) => left + right)
    .to("out");
  expect(b.build().copartitionGroups("app")).toEqual([["in", "rows"]]);
});
