import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { serdes, type KTable } from "../index.js";
import { propertyCases } from "../testing/property-cases.js";
import { byKey, keptUpToDate, type JoinedTables, type Update } from "./joined-tables.fixture.js";

const { string } = serdes;
const numRuns = propertyCases();

interface Variant {
  readonly left: boolean;
  /** Whether the sides are derived tables, which are not kept. */
  readonly derived: boolean;
  readonly kept: boolean;
  readonly cacheMaxBytes: number;
}

const on = (value: string): string | null => (value.includes(":") ? value.slice(0, value.indexOf(":")) : null);
const pair = (left: string, right: string | null): string => `${left}+${right}`;
const shout = (value: string): string => `${value}!`;
const isSmall = (_: string, value: string): boolean => !value.endsWith("3");

function joined(left: KTable<string, string>, right: KTable<string, string>, how: Variant): KTable<string, string> {
  const options = how.kept ? { on, store: "joined", value: string } : { on };
  return how.left ? left.leftJoin(right, pair, options) : left.join(right, pair, options);
}

function incremental(updates: readonly Update[], how: Variant): JoinedTables {
  const join = (l: KTable<string, string>, r: KTable<string, string>): KTable<string, string> =>
    how.derived ? joined(l.filter(isSmall), r.mapValues(shout), how) : joined(l, r, how);
  return keptUpToDate(join, updates, how.cacheMaxBytes);
}

/** The same from scratch, of the last row of each key on each side. */
function recomputed(updates: readonly Update[], { left: keepsUnmatched, derived }: Variant) {
  const last = { l: new Map<string, string>(), r: new Map<string, string>() };
  for (const [topic, key, value] of updates) {
    if (value === null) last[topic].delete(key);
    else last[topic].set(key, value);
  }
  const rows = new Map<string, string>();
  for (const [key, left] of last.l) {
    if (derived && !isSmall(key, left)) continue;
    const foreignKey = on(left);
    const found = (foreignKey === null ? null : last.r.get(foreignKey)) ?? null;
    const right = found !== null && derived ? shout(found) : found;
    if (right !== null || keepsUnmatched) rows.set(key, pair(left, right));
  }
  return { rows: byKey(rows), count: rows.size };
}

/** Keys that begin with one another, or are empty, or not ASCII. */
const rightKey = fc.constantFrom("", "p", "pp", "ppq", "q", "é");
const leftKey = fc.constantFrom("", "a", "ap", "p");
const leftValue: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(rightKey, fc.constantFrom("1", "2", "3")).map(([key, value]) => `${key}:${value}`) },
  { weight: 1, arbitrary: fc.constant("refers to nothing") },
);
const timestamp = fc.integer({ min: 0, max: 50 });
const update: fc.Arbitrary<Update> = fc.oneof(
  fc.tuple(fc.constant("l" as const), leftKey, fc.option(leftValue, { nil: null, freq: 4 }), timestamp),
  fc.tuple(
    fc.constant("r" as const),
    rightKey,
    fc.option(fc.constantFrom<string>("x1", "x2"), { nil: null, freq: 4 }),
    timestamp,
  ),
);
const variant: fc.Arbitrary<Variant> = fc.record({
  left: fc.boolean(),
  derived: fc.boolean(),
  kept: fc.boolean(),
  cacheMaxBytes: fc.constantFrom(0, 10_000),
});

describe("A join by foreign key", () => {
  it("kept up to date, is the one computed from scratch, whatever changes: rows, keys, or both", () => {
    fc.assert(
      fc.property(fc.array(update, { maxLength: 30 }), variant, (updates, how) => {
        const { rows, count } = incremental(updates, how);
        expect({ rows, count }).toEqual(recomputed(updates, how));
      }),
      { numRuns },
    );
  });

  it("gives rows with two sides the greater timestamp of both", () => {
    fc.assert(
      fc.property(fc.array(update, { maxLength: 30 }), variant, (unordered, how) => {
        const updates = unordered.map(([topic, key, value], at): Update => [topic, key, value, at]);
        const { rows, times } = incremental(updates, how);
        const lastOf = (topic: string, of: string | null) =>
          updates.findLast(([to, key]) => to === topic && key === of)?.[3] ?? -1;
        for (const [key, row] of rows) {
          const [left, right] = row.split("+");
          if (right !== "null") expect(times.get(key)).toBe(Math.max(lastOf("l", key), lastOf("r", on(left!))));
        }
      }),
      { numRuns },
    );
  });
});
