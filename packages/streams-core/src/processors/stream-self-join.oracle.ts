import fc from "fast-check";
import { expect, it } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { noHeaders } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { RestartableTask, type Restart } from "../testing/restartable-task.js";
import { propertyCases } from "../testing/property-cases.js";

const { string } = serdes;
const numRuns = propertyCases();

interface Windows {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
}
type Input = readonly [key: string, timestamp: number];

const lookMs = fc.nat(20);
const inputs = fc.array(fc.tuple(fc.constantFrom("a", "b", "é"), fc.nat(120)), { maxLength: 30 });

const textOf = (bytes: Uint8Array | null): string => (bytes === null ? "null" : Buffer.from(bytes).toString());

/** What a join of a stream with itself gives; the value of a record is its place in the input. */
function run(
  windows: Windows,
  records: readonly Input[],
  how: { readonly singleStore: boolean; readonly restarts: ReadonlyMap<number, Restart> },
): string[] {
  const builder = new StreamsBuilder({ key: string, value: string });
  const stream = builder.stream("in");
  stream.join(stream, (left, right) => `${left}+${right}`, { ...windows, timeDifferenceMs: 0 }).to("out");
  const optimization = how.singleStore ? (["single.store.self.join"] as const) : "none";
  const task = new RestartableTask(builder.build({ optimization }), ["in"]);
  records.forEach(([key, timestamp], index) => {
    const restart = how.restarts.get(index);
    if (restart !== undefined) task.restart(restart);
    const [keyBytes, value] = [Buffer.from(key), Buffer.from(String(index))];
    task.pipe({ topic: "in", key: keyBytes, value, timestamp, headers: noHeaders });
  });
  return task.output("out").map(({ key, value, timestamp }) => `${textOf(key)}=${textOf(value)}@${timestamp}`);
}

const noRestarts: ReadonlyMap<number, Restart> = new Map();

/** All pairs of records of a key whose times fit, each in both roles. */
function fromScratch({ beforeMs, afterMs }: Windows, records: readonly Input[]): string[] {
  return records.flatMap(([key, leftMs], left) =>
    records.flatMap(([otherKey, rightMs], right) =>
      otherKey === key && rightMs >= leftMs - beforeMs && rightMs <= leftMs + afterMs
        ? [`${key}=${left}+${right}@${Math.max(leftMs, rightMs)}`]
        : [],
    ),
  );
}

it("a join of a stream with itself gives the pairs of all its records, from two stores or from one", () => {
  fc.assert(
    fc.property(lookMs, lookMs, inputs, (beforeMs, afterMs, records) => {
      const windows = { beforeMs, afterMs, graceMs: 1000 };
      const wanted = fromScratch(windows, records).toSorted();
      for (const singleStore of [false, true]) {
        expect(run(windows, records, { singleStore, restarts: noRestarts }).toSorted()).toEqual(wanted);
      }
    }),
    { numRuns },
  );
});

it("a join of a stream with itself goes on after a restart as if there had been none", () => {
  fc.assert(
    fc.property(
      fc.record({ beforeMs: lookMs, afterMs: lookMs, graceMs: fc.nat(20) }),
      inputs,
      fc.array(fc.tuple(fc.nat(30), fc.constantFrom<Restart>("reopened", "restored")), { maxLength: 3 }),
      (windows, records, restarts) => {
        const restarted = run(windows, records, { singleStore: true, restarts: new Map(restarts) });
        expect(restarted).toEqual(run(windows, records, { singleStore: true, restarts: noRestarts }));
      },
    ),
    { numRuns },
  );
});
