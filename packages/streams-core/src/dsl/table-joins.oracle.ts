import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inMemoryStore, persistentStore, type KTable, type StoreSupplier } from "../index.js";
import { propertyCases } from "../testing/property-cases.js";
import { byKey, keptUpToDate, type JoinedTables, type Update } from "./joined-tables.fixture.js";

const numRuns = propertyCases();

type Kind = "join" | "leftJoin" | "outerJoin";

interface Variant {
  readonly kind: Kind;
  /** Whether the sides are derived tables, which are not kept. */
  readonly derived: boolean;
  readonly engine: "none" | "memory" | "persistent";
  readonly cacheMaxBytes: number;
}

const pair = (left: string | null, right: string | null): string => `${left}+${right}`;
const shout = (value: string): string => `${value}!`;
const isSmall = (_: string, value: string): boolean => value < "x3";

function supplierOf({ engine }: Variant): { readonly supplier?: StoreSupplier } {
  if (engine === "none") return {};
  return { supplier: engine === "memory" ? inMemoryStore("joined") : persistentStore("joined") };
}

function joined(left: KTable<string, string>, right: KTable<string, string>, variant: Variant): KTable<string, string> {
  const options = supplierOf(variant);
  switch (variant.kind) {
    case "join":
      return left.join(right, pair, options);
    case "leftJoin":
      return left.leftJoin(right, pair, options);
    case "outerJoin":
      return left.outerJoin(right, pair, options);
  }
}

function incremental(updates: readonly Update[], variant: Variant): JoinedTables {
  const join = (l: KTable<string, string>, r: KTable<string, string>): KTable<string, string> =>
    variant.derived ? joined(l.mapValues(shout), r.filter(isSmall), variant) : joined(l, r, variant);
  return keptUpToDate(join, updates, variant.cacheMaxBytes);
}

/** The same from scratch, of the last row of each key on each side. */
function recomputed(updates: readonly Update[], { kind, derived }: Variant) {
  const last = { l: new Map<string, Update>(), r: new Map<string, Update>() };
  for (const update of updates) last[update[0]].set(update[1], update);
  const rows = new Map<string, string>();
  const times = new Map<string, number>();
  for (const key of new Set([...last.l.keys(), ...last.r.keys()])) {
    const left = valueOf(last.l.get(key), derived ? shout : null);
    const right = valueOf(last.r.get(key), derived ? (value) => (isSmall(key, value) ? value : null) : null);
    const isThere = {
      join: left !== null && right !== null,
      leftJoin: left !== null,
      outerJoin: left !== null || right !== null,
    };
    if (!isThere[kind]) continue;
    rows.set(key, pair(left, right));
    if (left !== null && right !== null) times.set(key, Math.max(last.l.get(key)![3], last.r.get(key)![3]));
  }
  return { rows: byKey(rows), count: rows.size, times };
}

function valueOf(update: Update | undefined, change: ((value: string) => string | null) | null): string | null {
  const value = update?.[2] ?? null;
  return value === null || change === null ? value : change(value);
}

const update: fc.Arbitrary<Update> = fc.tuple(
  fc.constantFrom("l" as const, "r" as const),
  fc.constantFrom("a", "b", "c"),
  fc.option(fc.constantFrom<string>("x1", "x2", "x3", "x4"), { nil: null, freq: 3 }),
  fc.integer({ min: 0, max: 50 }),
);
const variant: fc.Arbitrary<Variant> = fc.record({
  kind: fc.constantFrom("join" as const, "leftJoin" as const, "outerJoin" as const),
  derived: fc.boolean(),
  engine: fc.constantFrom("none" as const, "memory" as const, "persistent" as const),
  cacheMaxBytes: fc.constantFrom(0, 10_000),
});

describe("A join of tables", () => {
  it("kept up to date, is the one computed from scratch: kept or not, cached or not, of derived tables or not", () => {
    fc.assert(
      fc.property(fc.array(update, { maxLength: 30 }), variant, (updates, how) => {
        const actual = incremental(updates, how);
        const expected = recomputed(updates, how);
        expect(actual.rows).toEqual(expected.rows);
        expect(actual.count).toBe(expected.count);
        for (const [key, timeMs] of expected.times) expect(actual.times.get(key)).toBe(timeMs);
      }),
      { numRuns },
    );
  });
});
