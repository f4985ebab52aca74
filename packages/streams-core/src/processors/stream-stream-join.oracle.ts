import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { noHeaders } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";

const { string } = serdes;
const numRuns = Number(process.env["MILLRACE_CASES"] ?? 500);

type Kind = "join" | "leftJoin" | "outerJoin";

interface Join {
  readonly kind: Kind;
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  readonly engine: "memory" | "persistent";
  readonly unmatchedOnTime: boolean;
}

interface Input {
  readonly isLeft: boolean;
  readonly key: string | null;
  readonly value: string | null;
  readonly timestamp: number;
}

/** `key=left+right@timestamp` */
type Results = readonly string[];

const join: fc.Arbitrary<Join> = fc
  .record({
    kind: fc.constantFrom<Kind>("join", "leftJoin", "outerJoin"),
    beforeMs: fc.integer({ min: -5, max: 20 }),
    afterMs: fc.integer({ min: -5, max: 20 }),
    graceMs: fc.constantFrom(0, 3, 20, 1000),
    engine: fc.constantFrom("memory" as const, "persistent" as const),
    unmatchedOnTime: fc.boolean(),
  })
  .filter(({ beforeMs, afterMs }) => beforeMs + afterMs >= 0);

const inputs: fc.Arbitrary<readonly Input[]> = fc.array(
  fc.record({
    isLeft: fc.boolean(),
    key: fc.option(fc.constantFrom("a", "b", "é"), { freq: 12 }),
    value: fc.option(fc.constantFrom("1", "2", "3"), { freq: 15 }),
    timestamp: fc.nat(120),
  }),
  { maxLength: 40 },
);

interface Row {
  readonly isLeft: boolean;
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

const resultOf = (key: string | null, left: string | null, right: string | null, timestamp: number): string =>
  `${key}=${left}+${right}@${timestamp}`;
const aloneOf = ({ key, value, isLeft, timestamp }: Omit<Row, "key"> & { key: string | null }): string =>
  resultOf(key, isLeft ? value : null, isLeft ? null : value, timestamp);

/** Time, right before left, then key. */
function inOrder(a: Row, b: Row): number {
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.isLeft !== b.isLeft) return a.isLeft ? 1 : -1;
  return Buffer.compare(Buffer.from(a.key), Buffer.from(b.key));
}

/** All that came so far is looked through for every record: no stores, no indexes. */
class FromScratch {
  readonly results: string[] = [];
  private readonly join: Join;
  private readonly seen: Row[] = [];
  /** Greatest time that each side's store saw; one in memory sees nulls as well. */
  private readonly observedMs = { left: -1, right: -1 };
  private waiting: Row[] = [];
  private streamTimeMs = -1;
  private minTimeMs = Infinity;

  constructor(join: Join) {
    this.join = join;
  }

  take({ isLeft, key, value, timestamp }: Input): void {
    const isOuter = this.join.kind === "outerJoin" || (isLeft && this.join.kind === "leftJoin");
    this.streamTimeMs = Math.max(this.streamTimeMs, timestamp);
    if (value === null) {
      if (key !== null && this.join.engine === "memory") this.observe(isLeft, timestamp);
      return;
    }
    if (key === null) {
      if (isOuter) this.results.push(aloneOf({ isLeft, key, value, timestamp }));
      return;
    }
    const row: Row = { isLeft, key, value, timestamp };
    if (timestamp === this.streamTimeMs) this.emitExpired(row);
    const matches = this.matchesOf(row);
    for (const other of matches) this.meet(row, other);
    if (matches.length === 0 && isOuter) this.wait(row);
    this.seen.push(row);
    this.observe(isLeft, timestamp);
  }

  private observe(isLeft: boolean, timestamp: number): void {
    const side = isLeft ? "left" : "right";
    this.observedMs[side] = Math.max(this.observedMs[side], timestamp);
  }

  private matchesOf({ isLeft, key, timestamp }: Row): Row[] {
    const { beforeMs, afterMs, graceMs } = this.join;
    const others = this.seen.filter((row) => row.isLeft !== isLeft);
    const observedMs = this.observedMs[isLeft ? "right" : "left"];
    return others
      .filter((row) => {
        const [backMs, aheadMs] = isLeft ? [beforeMs, afterMs] : [afterMs, beforeMs];
        // A window that ends before 0 reaches to 0, as in Kafka Streams.
        const isNear = row.timestamp >= timestamp - backMs && row.timestamp <= Math.max(0, timestamp + aheadMs);
        return row.key === key && isNear && row.timestamp > observedMs - beforeMs - afterMs - graceMs;
      })
      .sort((a, b) => a.timestamp - b.timestamp);
  }

  private meet(row: Row, other: Row): void {
    const [left, right] = row.isLeft ? [row, other] : [other, row];
    this.results.push(resultOf(row.key, left.value, right.value, Math.max(left.timestamp, right.timestamp)));
    this.waiting = this.waiting.filter((waiting) => inOrder(waiting, other) !== 0);
  }

  private wait(row: Row): void {
    const { afterMs, beforeMs } = this.join;
    const endMs = Math.max(0, row.timestamp + (row.isLeft ? afterMs : beforeMs));
    if (endMs < this.streamTimeMs) {
      this.results.push(aloneOf(row));
      return;
    }
    this.minTimeMs = Math.min(this.minTimeMs, row.timestamp);
    this.waiting.push(row);
  }

  private isOpen({ timestamp, isLeft }: Row): boolean {
    const { afterMs, beforeMs, graceMs } = this.join;
    return timestamp + (isLeft ? afterMs : beforeMs) + graceMs >= this.streamTimeMs;
  }

  private emitExpired(by: Row): void {
    const { unmatchedOnTime, afterMs, beforeMs, graceMs } = this.join;
    const sorted = this.waiting.toSorted(inOrder);
    const expired = sorted.filter((row) => !this.isOpen(row));
    const aheadMs = by.isLeft ? afterMs : beforeMs;
    if (!unmatchedOnTime) {
      if (this.minTimeMs + aheadMs + graceMs >= this.streamTimeMs) return;
      this.minTimeMs = this.lastLookedAt(sorted);
    }
    for (const row of expired) this.results.push(aloneOf(row));
    this.waiting = this.waiting.filter((row) => !expired.includes(row));
  }

  /** J6: rows are looked at until an open one of each side was seen, and one more. */
  private lastLookedAt(sorted: readonly Row[]): number {
    const open = { left: false, right: false };
    let lastMs = Infinity;
    for (const row of sorted) {
      lastMs = row.timestamp;
      if (open.left && open.right) break;
      if (this.isOpen(row)) open[row.isLeft ? "left" : "right"] = true;
    }
    return lastMs;
  }
}

function taskOf({ kind, ...times }: Join): RestartableTask {
  const builder = new StreamsBuilder({ key: string, value: string });
  const left = builder.stream("left");
  const right = builder.stream("right");
  const joiner = (l: string | null, r: string | null): string => `${l}+${r}`;
  const { unmatchedOnTime, ...inner } = times;
  const options = { ...inner, timeDifferenceMs: 0 };
  const outer = { ...options, unmatchedOnTime, emitIntervalMs: 0 };
  const joined =
    kind === "join"
      ? left.join(right, joiner, options)
      : kind === "leftJoin"
        ? left.leftJoin(right, joiner, outer)
        : left.outerJoin(right, joiner, outer);
  joined.to("out", { key: string, value: string });
  return new RestartableTask(builder.build(), ["left", "right"]);
}

const bytesOf = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));
const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());

function run(join: Join, records: readonly Input[], restarts: ReadonlyMap<number, Restart>): Results {
  const task = taskOf(join);
  records.forEach(({ isLeft, key, value, timestamp }, index) => {
    const how = restarts.get(index);
    if (how !== undefined) task.restart(how);
    const topic = isLeft ? "left" : "right";
    task.pipe({ topic, key: bytesOf(key), value: bytesOf(value), timestamp, headers: noHeaders });
  });
  return task.output("out").map(({ key, value, timestamp }) => `${textOf(key)}=${textOf(value)}@${timestamp}`);
}

function fromScratch(join: Join, records: readonly Input[]): Results {
  const model = new FromScratch(join);
  for (const record of records) model.take(record);
  return model.results;
}

describe("a stream-stream join", () => {
  it("gives what looking through all records gives, in the same order", () => {
    fc.assert(
      fc.property(join, inputs, (how, records) => {
        expect(run(how, records, new Map())).toEqual(fromScratch(how, records));
      }),
      { numRuns },
    );
  });

  it("goes on after a restart as if there had been none", () => {
    fc.assert(
      fc.property(
        join,
        inputs,
        fc.array(fc.tuple(fc.nat(40), fc.constantFrom<Restart>("reopened", "restored")), { maxLength: 4 }),
        (how, records, restarts) => {
          const onTime = { ...how, unmatchedOnTime: true };
          expect(run(onTime, records, new Map(restarts))).toEqual(run(onTime, records, new Map()));
        },
      ),
      { numRuns },
    );
  });
});
