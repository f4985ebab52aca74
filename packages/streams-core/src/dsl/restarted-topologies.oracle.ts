import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { leveldbBackend, type StateBackend, type TaskState } from "@millrace/state-stores";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  serdes,
  StreamsBuilder,
  suppressed,
  windows,
  type EmitOptions,
  type KGroupedStream,
  type KStream,
  type KTable,
  type Windowed,
} from "../index.js";
import { noHeaders } from "../model/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";
import type { Topology } from "../topology/index.js";

const { string } = serdes;
const CACHE_BYTES = 1_000_000;
const NO_CACHE = 0;

type Row = readonly [topic: string, key: string, value: string | null, timestamp: number];
/** A record, or what comes between two. */
type Step = Row | Restart | "commit";
type Result = Pick<KStream<string, string | null>, "to"> | Pick<KStream<string, string>, "to">;
type Draw = (builder: StreamsBuilder<string, string>, closes: EmitOptions) => Result;

const pair = (left: string | null, right: string | null): string => `${left}+${right}`;
const on = (value: string): string => value.slice(0, 1);
const sized = { timeDifferenceMs: 8, graceMs: 12 };
/** Longer than any input: what a store forgets, and when, is the stores' own test. */
const kept = { value: string, retentionMs: 1_000 };
const fold = { ...kept, init: () => "", add: (_: string, value: string, text: string) => `${text}${value}` };

const windowed =
  (
    aggregate: (grouped: KGroupedStream<string, string>, closes: EmitOptions) => KTable<Windowed<string>, string>,
  ): Draw =>
  (builder, closes) =>
    (aggregate(builder.stream("l").groupByKey(), closes).toStream() as KStream<Windowed<string>, string | null>).map(
      ({ key, startMs, endMs }, text) => [`${key}[${startMs},${endMs}]`, text],
    );
const updates = (table: KTable<string, string>): Result => table.toStream();

/** Every windowed aggregation and every join. */
const topologies: Readonly<Record<string, Draw>> = {
  tumbling: windowed((grouped, closes) =>
    grouped.windowedBy(windows.tumbling({ sizeMs: 10, graceMs: 10 }), closes).aggregate(fold),
  ),
  hopping: windowed((grouped, closes) =>
    grouped.windowedBy(windows.hopping({ sizeMs: 10, advanceMs: 4, graceMs: 0 }), closes).reduce((a, b) => a + b, kept),
  ),
  sliding: windowed((grouped, closes) =>
    grouped.windowedBy(windows.sliding({ timeDifferenceMs: 6, graceMs: 100 }), closes).aggregate(fold),
  ),
  session: windowed((grouped, closes) =>
    grouped
      .windowedBy(windows.session({ inactivityGapMs: 5, graceMs: 8 }), closes)
      .aggregate({ ...fold, merge: (_, left, right) => left + right }),
  ),
  "stream-stream join": (builder) => builder.stream("l").join(builder.stream("r"), pair, sized),
  "stream-stream left join": (builder) =>
    builder.stream("l").leftJoin(builder.stream("r"), pair, { ...sized, unmatchedOnTime: true, emitIntervalMs: 0 }),
  "stream-stream outer join": (builder) =>
    builder.stream("l").outerJoin(builder.stream("r"), pair, { ...sized, unmatchedOnTime: true, emitIntervalMs: 0 }),
  "stream-table join": (builder) => builder.stream("l").join(builder.table("r"), pair),
  "stream-table left join": (builder) => builder.stream("l").leftJoin(builder.table("r"), pair),
  "table-table join": (builder) => updates(builder.table("l").join(builder.table("r"), pair, { store: "joined" })),
  "table-table left join": (builder) => updates(builder.table("l").leftJoin(builder.table("r"), pair)),
  "table-table outer join": (builder) => updates(builder.table("l").outerJoin(builder.table("r"), pair)),
  "foreign-key left join": (builder) =>
    updates(builder.table("l").leftJoin(builder.table("r"), pair, { on, store: "joined", value: string })),
};

/** A cache before these changes what comes when, and so what is held back, and which answers are stale (J12). */
const uncachedOnly: Readonly<Record<string, Draw>> = {
  "foreign-key join": (builder) => updates(builder.table("l").join(builder.table("r"), pair, { on })),
  suppressed: (builder) =>
    updates(builder.table("l").suppress(suppressed.untilTimeLimit({ timeLimitMs: 5, maxRecords: 2 }))),
};

function build(draw: Draw, closes: EmitOptions): Topology {
  const builder = new StreamsBuilder({ key: string, value: string });
  (draw(builder, closes) as KStream<string, string | null>).to("out", { key: string, value: serdes.nullable(string) });
  return builder.build();
}

const bytes = (text: string | null): Uint8Array | null => (text === null ? null : new Uint8Array(Buffer.from(text)));
const text = (of: Uint8Array | null): string => (of === null ? "null" : Buffer.from(of).toString());
const recordOf = ([topic, key, value, timestamp]: Row) => ({
  topic,
  key: bytes(key),
  value: bytes(value),
  timestamp,
  headers: noHeaders,
});
const outputOf = (task: RestartableTask): string[] =>
  task.output("out").map(({ key, value, timestamp }) => `${text(key)}=${text(value)}@${timestamp}`);

/** The last value of each key, deletes left out. */
function finalState(task: RestartableTask): Record<string, string> {
  const last = new Map(task.output("out").map(({ key, value }) => [text(key), text(value)]));
  return Object.fromEntries([...last].filter(([, value]) => value !== "null").sort());
}

function onTheHeap(topology: Topology, steps: readonly Step[], cacheMaxBytes = NO_CACHE): RestartableTask {
  const task = new RestartableTask(topology, [], { cacheMaxBytes });
  for (const step of steps) {
    if (step === "commit") task.commit();
    else if (typeof step === "string") task.restart(step);
    else if (task.reads(step[0])) task.pipe(recordOf(step), cacheMaxBytes === NO_CACHE);
  }
  task.commit();
  return task;
}

/** The same with its state in a database that is closed and opened again at each restart. */
async function onDisk(topology: Topology, steps: readonly Step[], backend: StateBackend): Promise<RestartableTask> {
  let state: TaskState = await backend.open("0_0");
  try {
    const task = new RestartableTask(topology, [], { state, cacheMaxBytes: NO_CACHE });
    for (const step of steps) {
      if (typeof step !== "string") {
        if (task.reads(step[0])) task.pipe(recordOf(step));
        continue;
      }
      task.commit();
      state.freeze();
      await state.commitFrozen(new Map(), { clusterId: "c", committedAtMs: 0 });
      if (step === "commit") continue;
      await state.close();
      if (step === "restored") await backend.remove("0_0");
      state = await backend.open("0_0");
      task.restartOn(state, step);
    }
    return task;
  } finally {
    await state.close();
    await backend.remove("0_0");
  }
}

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom("l", "r"),
  fc.constantFrom("a", "ab", "b"),
  fc.option(fc.constantFrom<string>("a1", "b2", "ab3"), { nil: null, freq: 6 }),
  fc.integer({ min: 0, max: 50 }),
);
const between = fc.constantFrom<Step[]>("reopened", "restored", "commit", "commit");
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof({ weight: 5, arbitrary: row }, { weight: 1, arbitrary: between }),
  { maxLength: 35 },
);
const isRow = (step: Step): step is Row => typeof step !== "string";
const closes = fc.constantFrom<EmitOptions>({}, { emit: "onWindowClose", emitIntervalMs: 0 });

describe.each(Object.entries({ ...topologies, ...uncachedOnly }))("%s", (_, draw) => {
  let dir: string;
  let backend: StateBackend;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "millrace-restarted-"));
    backend = await leveldbBackend({ dir });
  });
  afterAll(async () => {
    await backend.close();
    await rm(dir, { recursive: true, force: true });
  });

  it("gives the same, record for record, wherever its task is restarted, with its stores as they were or restored", () => {
    fc.assert(
      fc.property(steps, closes, (given, emit) => {
        const topology = build(draw, emit);
        expect(outputOf(onTheHeap(topology, given))).toEqual(outputOf(onTheHeap(topology, given.filter(isRow))));
      }),
      { numRuns: Math.ceil(propertyCases() / 2) },
    );
  });

  it("gives the same on LevelDB, closed and opened again, as in memory", async () => {
    await fc.assert(
      fc.asyncProperty(steps, closes, async (given, emit) => {
        const topology = build(draw, emit);
        const expected = outputOf(onTheHeap(topology, given.filter(isRow)));
        expect(outputOf(await onDisk(topology, given, backend))).toEqual(expected);
      }),
      { numRuns: Math.ceil(propertyCases() / 20) },
    );
  });
});

describe.each(Object.entries(topologies))("%s", (_, draw) => {
  it("ends in the same state with a cache, whenever that is flushed", () => {
    fc.assert(
      fc.property(steps, closes, (given, emit) => {
        const topology = build(draw, emit);
        const expected = finalState(onTheHeap(topology, given.filter(isRow)));
        expect(finalState(onTheHeap(topology, given, CACHE_BYTES))).toEqual(expected);
      }),
      { numRuns: Math.ceil(propertyCases() / 2) },
    );
  });
});
