import { serdes, StreamsBuilder } from "millrace";
import { TopologyTestDriver } from "millrace/testing";
import { describe, expect, it } from "vitest";
import { columnsOf, inputOf, sections, shown, topologyOf, type Section } from "./page.js";

// The topologies of docs/operators.md, run on the rows below them.

/** The table as the topology fills it in. */
async function filledIn(section: Section): Promise<string[][]> {
  using driver = new TopologyTestDriver(topologyOf(section.code));
  const columns = columnsOf(section).map((column) =>
    column.isInput
      ? { column, input: driver.createInputTopic(column.topic, column), output: null }
      : { column, input: null, output: driver.createOutputTopic(column.topic, column) },
  );
  const filled: string[][] = [];
  for (const [time = "", ...cells] of section.rows) {
    const wait = /^\+ (\d+) ms$/u.exec(time)?.[1];
    if (wait !== undefined) driver.advanceWallClockTime(Number(wait));
    for (const [index, { input }] of columns.entries()) {
      const row = inputOf(cells[index] ?? "");
      if (input !== null && row !== null) input.pipeInput(row.key, row.value, { timestamp: Number(time) });
    }
    await driver.idle();
    const outputs = columns.map(({ column, output }, index) =>
      output === null
        ? (cells[index] ?? "")
        : output
            .readAllRecords()
            .map((record) => shown(column, record))
            .join(" <br> "),
    );
    filled.push([time, ...outputs]);
  }
  return filled;
}

/** What can be called on streams and tables, grouped or not. */
function verbs(): string[] {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const stream = builder.stream("stream");
  const table = builder.table("table");
  const handles = [builder, stream, table, stream.groupByKey(), table.groupBy((key, value) => [key, value])];
  const names = handles.flatMap((handle) => Object.getOwnPropertyNames(Object.getPrototypeOf(handle)));
  return [...new Set(names)];
}

/** Verbs without a timeline: what is not about records, or gives none. */
const untimed = ["constructor", "build", "addStateStore", "addGlobalStore", "print"];

describe("docs/operators.md", () => {
  it.each(sections.map((section) => [section.title, section] as const))(
    "%s: gives the rows it shows",
    async (_, section) => {
      expect(section.rows.length).toBeGreaterThan(0);
      expect(await filledIn(section)).toEqual(section.rows);
    },
  );

  it("shows every verb", () => {
    const code = sections.map((section) => section.code).join("\n");
    const missing = verbs().filter((verb) => !untimed.includes(verb) && !code.includes(`.${verb}(`));
    expect(missing).toEqual([]);
  });
});
