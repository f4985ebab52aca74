import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamsBuilder, suppressed, windows } from "../dsl/index.js";
import { noHeaders } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";
import type { SentRecord } from "../testing/sent-record.js";
import type { Topology } from "../topology/index.js";

type Update = readonly [key: string, value: string | null, timestamp: number];
type Step = Update | Restart;

/** Time of a record that closes all that is open. */
const LAST_MS = 1_000;

const strings = { key: serdes.string, value: serdes.string };
const bytes = (text: string | null) => (text === null ? null : new Uint8Array(Buffer.from(text)));
const text = (of: Uint8Array | null) => (of === null ? "null" : Buffer.from(of).toString());

const update: fc.Arbitrary<Update> = fc.tuple(
  fc.constantFrom("a", "b", "c", "ä"),
  fc.option(fc.constantFrom("1", "2", "33"), { nil: null }),
  fc.integer({ min: 0, max: 60 }),
);
const restart: fc.Arbitrary<Restart> = fc.constantFrom<Restart[]>("reopened", "restored");
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof<[{ weight: number; arbitrary: fc.Arbitrary<Step> }, { weight: number; arbitrary: fc.Arbitrary<Step> }]>(
    { weight: 9, arbitrary: update },
    { weight: 1, arbitrary: restart },
  ),
  { maxLength: 40 },
);

/** "key value@timestamp" of everything sent to "out". */
function run(topology: Topology, given: readonly Step[]): string[] {
  const task = new RestartableTask(topology, ["in"]);
  for (const step of given) {
    if (typeof step === "string") task.restart(step);
    else task.pipe({ topic: "in", key: bytes(step[0]), value: bytes(step[1]), timestamp: step[2], headers: noHeaders });
  }
  return task.output("out").map(({ key, value, timestamp }: SentRecord) => `${text(key)} ${text(value)}@${timestamp}`);
}

interface Waiting {
  readonly key: string;
  readonly timeMs: number;
  readonly value: string | null;
  readonly timestamp: number;
}

const oldestFirst = (one: Waiting, other: Waiting) =>
  one.timeMs - other.timeMs || Buffer.compare(Buffer.from(one.key), Buffer.from(other.key));

/** What a time limit lets go, from a list that is sorted anew at each step. */
function limited(given: readonly Step[], timeLimitMs: number, maxRecords: number): string[] {
  let waiting: Waiting[] = [];
  let streamTimeMs = -1;
  const out: string[] = [];
  for (const step of given) {
    if (typeof step === "string") continue;
    const [key, value, timestamp] = step;
    streamTimeMs = Math.max(streamTimeMs, timestamp);
    const timeMs = waiting.find((row) => row.key === key)?.timeMs ?? timestamp;
    waiting = [...waiting.filter((row) => row.key !== key), { key, timeMs, value, timestamp }].sort(oldestFirst);
    const due = waiting.filter((row) => row.timeMs + timeLimitMs <= streamTimeMs);
    const early = waiting.slice(due.length, Math.max(due.length, waiting.length - maxRecords));
    waiting = waiting.slice(due.length + early.length);
    for (const row of [...due, ...early]) out.push(`${row.key} ${row.value}@${row.timestamp}`);
  }
  return out;
}

/** "key@start count" of each window, the last record's left out. */
function finalCounts(given: readonly Step[], graceMs: number): string[] {
  const counts = new Map<string, number>();
  let streamTimeMs = -1;
  for (const step of given) {
    if (typeof step === "string") continue;
    const [key, , timestamp] = step;
    streamTimeMs = Math.max(streamTimeMs, timestamp);
    const startMs = Math.floor(timestamp / 10) * 10;
    const window = `${key}@${startMs}`;
    if (startMs + 10 + graceMs > streamTimeMs) counts.set(window, (counts.get(window) ?? 0) + 1);
  }
  counts.delete(`z@${LAST_MS}`);
  return [...counts].map(([window, count]) => `${window} ${count}`).sort();
}

describe("suppress", () => {
  it("lets go what a time limit and a bound say, wherever the task is restarted", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 0, max: 30 }),
        fc.constantFrom(0, 1, 2, 100),
        (given, timeLimitMs, maxRecords) => {
          const builder = new StreamsBuilder(strings);
          builder
            .table("in", { store: "rows", caching: false })
            .suppress(suppressed.untilTimeLimit({ timeLimitMs, maxRecords }))
            .toStream()
            .to("out", { value: serdes.nullable(serdes.string) });
          expect(run(builder.build(), given)).toEqual(limited(given, timeLimitMs, maxRecords));
        },
      ),
      { numRuns: propertyCases() },
    );
  });

  it("gives each closed window its final count once, wherever the task is restarted", () => {
    const value = fc.constant("x");
    const records = fc.array(fc.tuple(fc.constantFrom("a", "b"), value, fc.integer({ min: 0, max: 60 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(records, fc.integer({ min: 0, max: 15 }), fc.nat(40), restart, (given, graceMs, restartAt, how) => {
        const builder = new StreamsBuilder(strings);
        builder
          .stream("in")
          .groupByKey()
          .windowedBy(windows.tumbling({ sizeMs: 10, graceMs }))
          .count({ store: "counts" })
          .suppress(suppressed.untilWindowCloses())
          .toStream()
          .map((key, count) => [`${key.key}@${key.startMs}`, String(count)], strings)
          .to("out");
        const all: Step[] = [...given, ["z", "x", LAST_MS]];
        all.splice(restartAt, 0, how);
        const finals = run(builder.build(), all).map((row) => row.slice(0, row.lastIndexOf("@")));
        expect(finals.sort()).toEqual(finalCounts(all, graceMs));
      }),
      { numRuns: propertyCases() },
    );
  });
});
