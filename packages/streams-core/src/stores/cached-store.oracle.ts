import { memoryTaskState } from "@millrace/state-stores";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { TableStore, TimestampedKeyValueStore } from "../model/index.js";
import { serdes } from "../serde/index.js";
import { CurrentRecord, openStore, RecordCache, timestampedKeyValueStore } from "./index.js";
import { propertyCases } from "../testing/property-cases.js";

type Store = TableStore<string, string> & TimestampedKeyValueStore<string, string>;

type Step =
  | { readonly do: "write"; readonly key: string; readonly value: string | null }
  | { readonly do: "fetch"; readonly key: string }
  | { readonly do: "range"; readonly from: string | null; readonly to: string | null; readonly reverse: boolean }
  | { readonly do: "flush" };

const key = fc.constantFrom("a", "ab", "b", "é", "Ã©", "", "zz", "\u0000");
const value = fc.option(fc.string({ maxLength: 4 }), { nil: null, freq: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), key, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fetch" as const), key }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("range" as const),
      from: fc.option(key),
      to: fc.option(key),
      reverse: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("flush" as const) }) },
);

/** Runs the steps; gives what was read, what is there at the end, and the table that listeners and changelog readers have. */
function run(steps: readonly Step[], caching: boolean, cacheMaxBytes: number) {
  const changelog = new Map<string, string | null>();
  const downstream = new Map<string, string>();
  const open = openStore(timestampedKeyValueStore({ name: "s", key: serdes.string, value: serdes.string, caching }), {
    rows: memoryTaskState("0_0").store("s"),
    topic: "app-s-changelog",
    changelog: {
      write: (rowKey, row) =>
        changelog.set(Buffer.from(rowKey).toString("hex"), row === null ? null : Buffer.from(row).toString()),
    },
    cache: new RecordCache(cacheMaxBytes),
    current: new CurrentRecord(),
    persistent: false,
  });
  const store = open.store as unknown as Store;
  const oldValuesWrong: unknown[] = [];
  const forward = (changed: string, newValue: string | null, oldValue: string | null): void => {
    if ((downstream.get(changed) ?? null) !== oldValue) oldValuesWrong.push([changed, oldValue]);
    if (newValue === null) downstream.delete(changed);
    else downstream.set(changed, newValue);
  };
  const deferred = store.onFlush(forward, true);
  const read: unknown[] = [];
  steps.forEach((now, index) => {
    if (now.do === "write") {
      const old = store.fetch(now.key)?.value ?? null;
      store.write(now.key, now.value, index);
      if (!deferred) forward(now.key, now.value, old);
    } else if (now.do === "fetch") read.push(store.fetch(now.key));
    else if (now.do === "range")
      read.push([...(now.reverse ? store.reverseRange(now.from, now.to) : store.range(now.from, now.to))]);
    else open.flush();
  });
  open.flush();
  const kept = [...changelog].filter(([, row]) => row !== null).sort();
  return { read, all: [...store.all()], changelog: kept, downstream: [...downstream].sort(), oldValuesWrong };
}

describe("a record cache", () => {
  it("of any size changes no read, no final row, no changelog's end and no downstream table", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60 }),
        fc.constantFrom(1, 60, 150, 400, 1_000_000),
        (steps, cacheMaxBytes) => {
          const cached = run(steps, true, cacheMaxBytes);
          expect(cached).toEqual(run(steps, false, 0));
          expect(cached.oldValuesWrong).toEqual([]);
        },
      ),
      { numRuns: propertyCases() },
    );
  });
});
