import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  serdes,
  StreamsBuilder,
  windows,
  type EmitOptions,
  type KStream,
  type SessionWindows,
  type SlidingWindows,
  type TimeWindows,
  type Windowed,
  type WindowedMaterialized,
} from "../index.js";
import { noHeaders } from "../model/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";
import { TopologyTestDriver } from "../testing/index.js";

const { string } = serdes;
const ids = serdes.json<string[]>();
const runs = { numRuns: propertyCases() };

/** A record: its key and its time; its value is its place in the input. */
type Row = readonly [key: string, timestamp: number];
/** Values by `key[start,end]`, sorted: in which order they were added is not what these tests are about. */
type Contents = Record<string, string[]>;

interface Setup {
  readonly windows: TimeWindows | SlidingWindows | SessionWindows;
  readonly cached: boolean;
  readonly engine: "memory" | "persistent";
  readonly emit?: EmitOptions;
}

const label = ({ key, startMs, endMs }: Windowed<string>): string => `${key}[${startMs},${endMs}]`;

/** Longer than any input: what a store forgets, and when, is the stores' own test. */
const kept: WindowedMaterialized<string, string[]> = { store: "windows", value: ids, retentionMs: 100_000 };

function topologyOf({ windows: by, engine, emit = {} }: Setup) {
  const builder = new StreamsBuilder({ key: string, value: string });
  const grouped = builder.stream("in").groupByKey();
  const fold = { init: () => [] as string[], add: (_: string, value: string, list: string[]) => [...list, value] };
  const merge = (_: string, left: string[], right: string[]) => [...left, ...right];
  const table =
    by.kind === "session"
      ? grouped.windowedBy(by, emit).aggregate({ ...kept, ...fold, engine, merge })
      : grouped.windowedBy(by, emit).aggregate({ ...kept, ...fold, engine });
  (table.toStream() as KStream<Windowed<string>, string[] | null>)
    .map((window, list) => [label(window), list === null ? null : list.sort()])
    .to("out", { key: string, value: serdes.nullable(ids) });
  return builder.build();
}

/** What the store holds at the end, and every result that went downstream, in order. */
function run(rows: readonly Row[], setup: Setup) {
  using driver = new TopologyTestDriver(topologyOf(setup), { cacheMaxBytes: setup.cached ? 1_000_000 : 0 });
  const input = driver.createInputTopic("in", { key: string, value: string });
  rows.forEach(([key, timestamp], index) => input.pipeInput(key, String(index), { timestamp }));
  const output = driver.createOutputTopic("out", { key: string, value: serdes.nullable(ids) });
  const sent = output.readAllKeyValues().map(({ key, value }) => [key!, value] as const);
  const contents: Contents = {};
  if (setup.windows.kind === "session") {
    const store = driver.getSessionStore<string, string[]>("windows")!;
    for (const { key, value } of store.fetchRange(null, null)) contents[label(key)] = [...value].sort();
  } else {
    const store = driver.getWindowStore<string, string[]>("windows")!;
    for (const { key, value } of store.all()) contents[label(key)] = [...value].sort();
  }
  return { contents, sent, dropped: driver.droppedRecords };
}

/** The last result of each window; none for a window whose last result deletes it. */
function lastOf(sent: readonly (readonly [string, string[] | null])[]): Contents {
  const last = Object.fromEntries(sent);
  return Object.fromEntries(Object.entries(last).filter((entry): entry is [string, string[]] => entry[1] !== null));
}

const row: fc.Arbitrary<Row> = fc.tuple(fc.constantFrom("a", "b", "ab"), fc.integer({ min: 0, max: 60 }));
const rowsArbitrary = fc.array(row, { maxLength: 25 });
const setups = { cached: fc.boolean(), engine: fc.constantFrom("memory" as const, "persistent" as const) };
const graceMs = fc.integer({ min: 0, max: 30 });

const timeWindows = fc
  .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), graceMs)
  .map(([a, b, grace]) => windows.hopping({ sizeMs: Math.max(a, b), advanceMs: Math.min(a, b), graceMs: grace }));
const sessionWindows = fc
  .tuple(fc.integer({ min: 0, max: 10 }), graceMs)
  .map(([gap, grace]) => windows.session({ inactivityGapMs: gap, graceMs: grace }));
/** With so much grace nothing is late. */
const slidingWindows = fc
  .integer({ min: 0, max: 15 })
  .map((timeDifferenceMs) => windows.sliding({ timeDifferenceMs, graceMs: 100 }));

/** Each record in each window that covers it and is still open when it comes. */
function expectedTimeWindows(rows: readonly Row[], { sizeMs, advanceMs, graceMs: grace }: TimeWindows) {
  const contents: Contents = {};
  let dropped = 0;
  rows.forEach(([key, timestamp], index) => {
    const streamTimeMs = Math.max(...rows.slice(0, index + 1).map(([, time]) => time));
    for (let startMs = 0; startMs <= timestamp; startMs += advanceMs) {
      if (startMs + sizeMs <= timestamp) continue;
      if (startMs + sizeMs > streamTimeMs - grace)
        (contents[`${key}[${startMs},${startMs + sizeMs}]`] ??= []).push(String(index));
      else dropped++;
    }
  });
  for (const list of Object.values(contents)) list.sort();
  return { contents, dropped };
}

/** By definition (W3): a window ends at each record, another begins behind each that has later ones near enough. */
function expectedSlidingWindows(rows: readonly Row[], { timeDifferenceMs }: SlidingWindows): Contents {
  const contents: Contents = {};
  for (const [key, timestamp] of rows) {
    for (const startMs of [Math.max(0, timestamp - timeDifferenceMs), timestamp + 1]) {
      const endMs = startMs + timeDifferenceMs;
      const inside = rows.flatMap(([other, time], index) =>
        other === key && time >= startMs && time <= endMs ? [String(index)] : [],
      );
      if (inside.length > 0) contents[`${key}[${startMs},${endMs}]`] = inside.sort();
    }
  }
  return contents;
}

interface Accepted {
  readonly id: string;
  readonly key: string;
  readonly timestamp: number;
}

/** The accepted records of a key, cut where the gap is too long. */
function sessionsOf(records: readonly Accepted[], gapMs: number): Accepted[][] {
  const sessions: Accepted[][] = [];
  for (const record of [...records].sort((a, b) => a.timestamp - b.timestamp)) {
    const session = sessions.at(-1);
    if (session !== undefined && record.timestamp - session.at(-1)!.timestamp <= gapMs) session.push(record);
    else sessions.push([record]);
  }
  return sessions;
}

/** A record is accepted when the session it would be in ends late enough (W4). */
function expectedSessions(rows: readonly Row[], { inactivityGapMs, graceMs: grace }: SessionWindows) {
  const accepted: Accepted[] = [];
  rows.forEach(([key, timestamp], index) => {
    const streamTimeMs = Math.max(...rows.slice(0, index + 1).map(([, time]) => time));
    const record = { id: String(index), key, timestamp };
    const ofKey = [...accepted.filter((other) => other.key === key), record];
    const session = sessionsOf(ofKey, inactivityGapMs).find((candidate) => candidate.includes(record))!;
    if (session.at(-1)!.timestamp >= streamTimeMs - grace - inactivityGapMs) accepted.push(record);
  });
  const contents: Contents = {};
  for (const key of new Set(accepted.map((record) => record.key))) {
    for (const session of sessionsOf(
      accepted.filter((record) => record.key === key),
      inactivityGapMs,
    )) {
      const startMs = session[0]!.timestamp;
      contents[`${key}[${startMs},${session.at(-1)!.timestamp}]`] = session.map(({ id }) => id).sort();
    }
  }
  return { contents, dropped: rows.length - accepted.length };
}

describe("Windows kept up to date are those computed from scratch, cached or not, on either engine:", () => {
  it("tumbling and hopping", () => {
    fc.assert(
      fc.property(rowsArbitrary, timeWindows, setups.cached, setups.engine, (rows, by, cached, engine) => {
        const { contents, sent, dropped } = run(rows, { windows: by, cached, engine });
        expect({ contents, dropped }).toEqual(expectedTimeWindows(rows, by));
        expect(lastOf(sent)).toEqual(contents);
      }),
      runs,
    );
  });

  it("sliding", () => {
    fc.assert(
      fc.property(rowsArbitrary, slidingWindows, setups.cached, setups.engine, (rows, by, cached, engine) => {
        const { contents, sent } = run(rows, { windows: by, cached, engine });
        expect(contents).toEqual(expectedSlidingWindows(rows, by));
        expect(lastOf(sent)).toEqual(contents);
      }),
      runs,
    );
  });

  it("session", () => {
    fc.assert(
      fc.property(rowsArbitrary, sessionWindows, setups.cached, setups.engine, (rows, by, cached, engine) => {
        const { contents, sent, dropped } = run(rows, { windows: by, cached, engine });
        expect({ contents, dropped }).toEqual(expectedSessions(rows, by));
        expect(lastOf(sent)).toEqual(contents);
      }),
      runs,
    );
  });
});

describe("Results of closed windows", () => {
  const onClose: EmitOptions = { emit: "onWindowClose", emitIntervalMs: 0 };

  it("are each window's contents at its close, once, and all of those that have closed", () => {
    const far: Row = ["far", 50_000];
    fc.assert(
      fc.property(rowsArbitrary, timeWindows, setups.engine, (rows, by, engine) => {
        const { sent } = run([...rows, far], { windows: by, cached: true, engine, emit: onClose });
        const { contents } = expectedTimeWindows(rows, by);
        expect(sent.length).toBe(Object.keys(contents).length);
        expect(Object.fromEntries(sent)).toEqual(contents);
      }),
      runs,
    );
  });

  it("of sliding windows likewise", () => {
    const far: Row = ["far", 50_000];
    fc.assert(
      fc.property(rowsArbitrary, slidingWindows, setups.engine, (rows, by, engine) => {
        const { sent } = run([...rows, far], { windows: by, cached: true, engine, emit: onClose });
        const contents = expectedSlidingWindows(rows, by);
        expect(sent.length).toBe(Object.keys(contents).length);
        expect(Object.fromEntries(sent)).toEqual(contents);
      }),
      runs,
    );
  });
});

/** What goes downstream of a task that stops and starts again before some of its records. */
function outputOf(rows: readonly Row[], setup: Setup, restarts: ReadonlyMap<number, Restart>): string[] {
  const task = new RestartableTask(topologyOf(setup), ["in"]);
  rows.forEach(([key, timestamp], index) => {
    const how = restarts.get(index);
    if (how !== undefined) task.restart(how);
    const value = Buffer.from(String(index));
    task.pipe({ topic: "in", key: Buffer.from(key), value, timestamp, headers: noHeaders });
  });
  return task
    .output("out")
    .map(
      ({ key, value, timestamp }) => `${String(key)}=${value === null ? "null" : String(value)}@${String(timestamp)}`,
    );
}

describe("A task that stops and starts again", () => {
  const restart = fc.tuple(fc.nat({ max: 25 }), fc.constantFrom<Restart>("reopened", "restored"));
  const anyWindows = fc.oneof(timeWindows, slidingWindows, sessionWindows);
  const emit = fc.constantFrom<EmitOptions>({}, { emit: "onWindowClose", emitIntervalMs: 0 });

  it("gives the results of one that does not, with its stores as they were or made anew of their changelogs (T3, W5)", () => {
    fc.assert(
      fc.property(
        rowsArbitrary,
        anyWindows,
        emit,
        fc.array(restart, { minLength: 1, maxLength: 3 }),
        (rows, by, how, stops) => {
          const setup: Setup = { windows: by, cached: false, engine: "persistent", emit: how };
          const restarted = outputOf(rows, setup, new Map(stops));
          expect(restarted).toEqual(outputOf(rows, setup, new Map()));
        },
      ),
      runs,
    );
  });
});
