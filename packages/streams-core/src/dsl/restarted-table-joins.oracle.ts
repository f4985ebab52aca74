import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder, versionedStore } from "../index.js";
import { noHeaders } from "../model/index.js";
import { propertyCases } from "../testing/property-cases.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";
import type { Topology } from "../topology/index.js";

const { string } = serdes;
/** A record of the stream `s`, or an update of the table `l` or `r`. */
type Row = readonly [topic: "s" | "l" | "r", key: string, value: string | null, timestamp: number];
type Step = Row | Restart;

const pair = (left: string | null, right: string | null): string => `${left}+${right}`;
const bytes = (text: string | null): Uint8Array | null => (text === null ? null : new Uint8Array(Buffer.from(text)));
const text = (of: Uint8Array | null): string => (of === null ? "null" : Buffer.from(of).toString());

/** Everything sent to `out`, as `key=value@timestamp`. */
function run(topology: Topology, steps: readonly Step[]): string[] {
  const task = new RestartableTask(topology, ["s", "l", "r"]);
  for (const step of steps) {
    if (typeof step === "string") task.restart(step);
    else
      task.pipe({ topic: step[0], key: bytes(step[1]), value: bytes(step[2]), timestamp: step[3], headers: noHeaders });
  }
  return task.output("out").map(({ key, value, timestamp }) => `${text(key)}=${text(value)}@${timestamp}`);
}

interface Variant {
  readonly versioned: boolean;
  readonly kept: boolean;
  /** Null: records of the stream do not wait. */
  readonly graceMs: number | null;
}

/** Two tables joined, what they make joined with a stream, and the stream joined with one of them. */
function topologyOf({ versioned, kept, graceMs }: Variant): Topology {
  const builder = new StreamsBuilder({ key: string, value: string });
  const supplier = versionedStore("history", { historyRetentionMs: 1000 });
  const left = builder.table("l", versioned ? { supplier } : {});
  const joined = left.outerJoin(builder.table("r"), pair, kept ? { store: "joined" } : {});
  joined.toStream().to("out", { value: serdes.nullable(string) });
  const stream = builder.stream("s");
  stream.leftJoin(joined, pair).to("out");
  stream.leftJoin(left, pair, versioned && graceMs !== null ? { graceMs } : {}).to("out");
  return builder.build();
}

const row: fc.Arbitrary<Row> = fc.tuple(
  fc.constantFrom<("s" | "l" | "r")[]>("s", "l", "r"),
  fc.constantFrom("a", "ab"),
  fc.option(fc.constantFrom<string>("1", "2", "3"), { nil: null, freq: 5 }),
  fc.integer({ min: 0, max: 12 }),
);
const restart: fc.Arbitrary<Restart> = fc.constantFrom<Restart[]>("reopened", "restored");
const variant: fc.Arbitrary<Variant> = fc.record({
  versioned: fc.boolean(),
  kept: fc.boolean(),
  graceMs: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null }),
});

describe("Joins with tables", () => {
  it("give the same, record for record, wherever the task is restarted", () => {
    const rows = fc.array(row, { maxLength: 30 });
    const restarts = fc.array(fc.tuple(fc.nat(30), restart), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(rows, restarts, variant, (given, restarting, how) => {
        const steps: Step[] = [...given];
        for (const [at, kind] of restarting) steps.splice(at, 0, kind);
        const topology = topologyOf(how);
        expect(run(topology, steps)).toEqual(run(topology, given));
      }),
      { numRuns: propertyCases() },
    );
  });
});
