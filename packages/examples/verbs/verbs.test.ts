import { readFileSync } from "node:fs";
import ts from "typescript";
import { keyValueStore, serdes, StreamsBuilder, suppressed, windows, type Serde, type Windowed } from "millrace";
import { TopologyTestDriver, type TestRecord } from "millrace/testing";
import { describe, expect, it } from "vitest";

// The topologies of docs/operators.md, run on the rows below them.
const page = readFileSync(new URL("../../../docs/operators.md", import.meta.url), "utf8");

interface Section {
  readonly title: string;
  readonly code: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const sections: Section[] = page
  .split(/^### /mu)
  .slice(1)
  .map((text) => {
    const code = /```ts\n([\s\S]*?)```/u.exec(text)?.[1] ?? "";
    const lines = text.split("\n").filter((line) => line.startsWith("|"));
    const [header = [], , ...rows] = lines.map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    return { title: text.split("\n", 1)[0] ?? "", code, header, rows };
  });

function topologyOf(code: string) {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  const console = { info: () => undefined };
  const names = { builder, serdes, windows, suppressed, keyValueStore, console };
  // The code of the page is its own input: that it is run as it stands is the point.
  const script = ts.transpile(code, { target: ts.ScriptTarget.ES2022 });
  new Function(...Object.keys(names), script)(...Object.values(names));
  return builder.build();
}

function keySerde(header: string): Serde<unknown> {
  const size = /\((\d+) ms windows/u.exec(header)?.[1];
  if (size !== undefined) return serdes.timeWindowed(serdes.string, Number(size)) as Serde<unknown>;
  return (header.includes("(sessions") ? serdes.sessionWindowed(serdes.string) : serdes.string) as Serde<unknown>;
}

function show({ key, value, timestamp }: TestRecord<unknown, unknown>, header: string): string {
  return `${showKey(key, header)}=${String(value)}@${timestamp}`;
}

function showKey(key: unknown, header: string): string {
  if (typeof key !== "object" || key === null) return String(key);
  const { key: inner, startMs, endMs } = key as Windowed<string>;
  return header.includes("(sessions") ? `${inner}[${startMs},${endMs}]` : `${inner}[${startMs},${endMs})`;
}

/** The table as the topology fills it in. */
async function filledIn({ code, header, rows }: Section): Promise<string[][]> {
  using driver = new TopologyTestDriver(topologyOf(code));
  const [, ...columns] = header.map((name) => {
    const topic = name.replace("→ ", "").split(" ")[0] ?? "";
    if (!name.startsWith("→")) {
      const input = driver.createInputTopic(topic, { key: serdes.string, value: serdes.string });
      return { input, output: null, name };
    }
    const value = (name.endsWith("long)") ? serdes.long : serdes.string) as Serde<unknown>;
    return { input: null, output: driver.createOutputTopic(topic, { key: keySerde(name), value }), name };
  });
  const filled: string[][] = [];
  for (const [time = "", ...cells] of rows) {
    const wait = /^\+ (\d+) ms$/u.exec(time)?.[1];
    if (wait !== undefined) driver.advanceWallClockTime(Number(wait));
    for (const [index, { input }] of columns.entries()) {
      const [, key = "", value = ""] = /^([^=]*)=(.*)$/u.exec(cells[index] ?? "") ?? [];
      if (input === null || cells[index] === "") continue;
      input.pipeInput(key, value === "null" ? null : value, { timestamp: Number(time) });
    }
    await driver.idle();
    const outputs = columns.map(({ output, name }, index) =>
      output === null ? (cells[index] ?? "") : shown(output.readAllRecords(), name),
    );
    filled.push([time, ...outputs]);
  }
  return filled;
}

function shown(records: readonly TestRecord<unknown, unknown>[], header: string): string {
  return records.map((record) => show(record, header)).join(" <br> ");
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
