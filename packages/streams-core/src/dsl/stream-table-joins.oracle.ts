import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serdes, StreamsBuilder, versionedStore, type KStream } from "../index.js";
import { TopologyTestDriver } from "../testing/index.js";
import { propertyCases } from "../testing/property-cases.js";

const { string } = serdes;
const serde = { key: string, value: string };
const numRuns = propertyCases();
/** Longer than the times in the cases, so that no version is forgotten. */
const HISTORY_MS = 1000;

/** A record of the stream `s`, or an update of the table `t`. */
type Step = readonly [topic: "s" | "t", key: string, value: string | null, timestamp: number];

interface Variant {
  readonly left: boolean;
  readonly table: "plain" | "versioned" | "global";
  /** Null: records do not wait. Needs a versioned table. */
  readonly graceMs: number | null;
}

interface Result {
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

const pair = (value: string, row: string | null): string => `${value}+${row}`;

function joined(builder: StreamsBuilder<string, string>, { table, left, graceMs }: Variant): KStream<string, string> {
  const stream = builder.stream("s");
  if (table === "global") {
    const on = (key: string): string => key;
    const rows = builder.globalTable("t");
    return left ? stream.leftJoin(rows, pair, { on }) : stream.join(rows, pair, { on });
  }
  const supplier = versionedStore("rows", { historyRetentionMs: HISTORY_MS });
  const rows = builder.table("t", table === "versioned" ? { supplier } : {});
  const options = graceMs === null ? {} : { graceMs };
  return left ? stream.leftJoin(rows, pair, options) : stream.join(rows, pair, options);
}

function actual(steps: readonly Step[], variant: Variant): Result[] {
  const builder = new StreamsBuilder({ key: string, value: string });
  joined(builder, variant).to("out");
  using driver = new TopologyTestDriver(builder.build());
  for (const [topic, key, value, timestamp] of steps)
    driver.createInputTopic(topic, serde).pipeInput(key, value, { timestamp });
  const records = driver.createOutputTopic("out", serde).readAllRecords();
  return records.map(({ key, value, timestamp }) => ({ key, value, timestamp }));
}

/** What the rule says, read off the steps done so far. */
class Model {
  readonly results: Result[] = [];
  readonly #variant: Variant;
  readonly #updates: Step[] = [];
  #waiting: Step[] = [];
  #newestMs = -1;

  constructor(variant: Variant) {
    this.#variant = variant;
  }

  take(step: Step): void {
    if (step[0] === "t") this.#updates.push(step);
    else if (step[2] !== null) this.#takeRecord(step);
  }

  #takeRecord(record: Step): void {
    const { graceMs } = this.#variant;
    if (graceMs === null || record[3] < this.#newestMs - graceMs) {
      this.#join(record);
      return;
    }
    this.#newestMs = Math.max(this.#newestMs, record[3]);
    this.#waiting.push(record);
    const dueMs = this.#newestMs - graceMs;
    const due = this.#waiting.filter(([, , , timeMs]) => timeMs <= dueMs);
    this.#waiting = this.#waiting.filter(([, , , timeMs]) => timeMs > dueMs);
    due.sort((a, b) => a[3] - b[3] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));
    for (const record of due) this.#join(record);
  }

  #join([, key, value, timestamp]: Step): void {
    const row = this.#rowOf(key, timestamp);
    if (row !== null || this.#variant.left) this.results.push({ key, value: pair(value!, row), timestamp });
  }

  #rowOf(key: string, timeMs: number): string | null {
    const ofKey = this.#updates.filter((update) => update[1] === key);
    if (this.#variant.table !== "versioned") return ofKey.at(-1)?.[2] ?? null;
    // Of versions of one time the last one counts.
    const past = ofKey.filter((update) => update[3] <= timeMs);
    const newestMs = Math.max(...past.map((update) => update[3]));
    return past.findLast((update) => update[3] === newestMs)?.[2] ?? null;
  }
}

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom("s" as const, "t" as const),
  fc.constantFrom("a", "b", "ab"),
  fc.option(fc.constantFrom<string>("1", "2", "3"), { nil: null, freq: 5 }),
  fc.integer({ min: 0, max: 60 }),
);
const variant: fc.Arbitrary<Variant> = fc.oneof(
  fc.record({
    left: fc.boolean(),
    table: fc.constantFrom("plain" as const, "versioned" as const, "global" as const),
    graceMs: fc.constant(null),
  }),
  fc.record({ left: fc.boolean(), table: fc.constant("versioned" as const), graceMs: fc.integer({ min: 0, max: 40 }) }),
);

describe("A join of a stream with a table", () => {
  it("gives what the rules say, record for record: plain, versioned, global, with grace", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), variant, (steps, how) => {
        const model = new Model(how);
        for (const each of steps) model.take(each);
        expect(actual(steps, how)).toEqual(model.results);
      }),
      { numRuns },
    );
  });
});
