import { readFileSync } from "node:fs";
import ts from "typescript";
import {
  keyValueStore,
  serdes,
  StreamsBuilder,
  suppressed,
  windows,
  type Serde,
  type Topology,
  type Windowed,
} from "millrace";

/** A verb's section of docs/operators.md. */
export interface Section {
  readonly title: string;
  readonly code: string;
  /** Of its table: time, input topics, output topics with `→` before them. */
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const page = readFileSync(new URL("../../../docs/operators.md", import.meta.url), "utf8");

/** All of them. */
export const sections: readonly Section[] = page
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

/** The serdes that sections use: the library's, or others of the same types. */
export interface SectionSerdes {
  readonly string: Serde<string>;
  readonly long: Serde<number>;
}

/** The topology that a section's code makes. */
export function topologyOf(code: string, given: SectionSerdes = serdes): Topology {
  const builder = new StreamsBuilder({ key: given.string, value: given.string });
  const console = { info: () => undefined };
  const names = { builder, serdes: { ...serdes, ...given }, windows, suppressed, keyValueStore, console };
  // The code of the page is its own input: that it is run as it stands is the point.
  const script = ts.transpile(code, { target: ts.ScriptTarget.ES2022 });
  new Function(...Object.keys(names), script)(...Object.values(names));
  return builder.build();
}

/** A topic of a section's table, and how its records are read. */
export interface Column {
  readonly topic: string;
  readonly isInput: boolean;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** As the page writes the key. */
  readonly showKey: (key: unknown) => string;
}

/** The topics of a section's table, in their order. */
export function columnsOf({ header }: Section, given: SectionSerdes = serdes): readonly Column[] {
  return header.slice(1).map((name) => ({
    topic: name.replace("→ ", "").split(" ")[0] ?? "",
    isInput: !name.startsWith("→"),
    key: keySerde(name, given),
    value: (name.endsWith("long)") ? given.long : given.string) as Serde<unknown>,
    showKey: (key) => showKey(key, name),
  }));
}

/** What a cell of an input column has; null: nothing. */
export function inputOf(cell: string): { readonly key: string; readonly value: string | null } | null {
  const [, key, value] = /^([^=]*)=(.*)$/u.exec(cell) ?? [];
  if (key === undefined || value === undefined) return null;
  return { key, value: value === "null" ? null : value };
}

/** A record of an output column, as a cell shows it. */
export function shown({ showKey: show }: Column, record: ShownRecord): string {
  return `${show(record.key)}=${String(record.value)}@${record.timestamp}`;
}

interface ShownRecord {
  readonly key: unknown;
  readonly value: unknown;
  readonly timestamp: number;
}

function keySerde(header: string, { string }: SectionSerdes): Serde<unknown> {
  const size = /\((\d+) ms windows/u.exec(header)?.[1];
  if (size !== undefined) return serdes.timeWindowed(string, Number(size)) as Serde<unknown>;
  return (header.includes("(sessions") ? serdes.sessionWindowed(string) : string) as Serde<unknown>;
}

function showKey(key: unknown, header: string): string {
  if (typeof key !== "object" || key === null) return String(key);
  const { key: inner, startMs, endMs } = key as Windowed<string>;
  return header.includes("(sessions") ? `${inner}[${startMs},${endMs}]` : `${inner}[${startMs},${endMs})`;
}
