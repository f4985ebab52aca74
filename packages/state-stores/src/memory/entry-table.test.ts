import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Entry } from "./entry.js";
import { EntryTable } from "./entry-table.js";

describe("a table of entries", () => {
  it("is a map, whatever is added and deleted", () => {
    const key = fc.integer({ min: 0, max: 60 }).map((number) => `key-${number}`);
    const step = fc.tuple(fc.constantFrom("add", "add", "delete"), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), fc.integer(), (steps, seed) => {
        const table = new EntryTable(seed);
        const model = new Map<string, Entry>();
        for (const [what, at] of steps) {
          expect(table.get(at)).toBe(model.get(at));
          if (what === "delete") {
            table.delete(at);
            model.delete(at);
          } else if (!model.has(at)) {
            const entry = new Entry(at, 0);
            table.add(entry);
            model.set(at, entry);
          }
        }
        expect(table.size).toBe(model.size);
        expect(new Set(table)).toEqual(new Set(model.values()));
        for (const [at, entry] of model) expect(table.get(at)).toBe(entry);
      }),
    );
  });

  it("grows and shrinks", () => {
    const table = new EntryTable(7);
    for (let index = 0; index < 10_000; index += 1) table.add(new Entry(`k${index}`, index));
    for (let index = 0; index < 10_000; index += 1) expect(table.get(`k${index}`)?.epoch).toBe(index);
    for (let index = 0; index < 9_990; index += 1) table.delete(`k${index}`);
    expect([...table].map(({ key }) => key).sort()).toEqual(
      Array.from({ length: 10 }, (_, index) => `k${9_990 + index}`),
    );
    expect([table.get("k1"), table.get("k9999")?.epoch]).toEqual([undefined, 9_999]);
  });
});

describe("the value of an entry", () => {
  it("is a view on the array it is a stretch of, the same each time", () => {
    const entry = new Entry("k", 0);
    expect([entry.isThere, entry.value]).toEqual([false, null]);
    const array = Uint8Array.of(1, 2, 3, 4);
    entry.setTo(array, 1, 3);
    expect([entry.isThere, entry.value]).toEqual([true, Uint8Array.of(2, 3)]);
    expect(entry.value).toBe(entry.value);
    entry.value = null;
    expect([entry.isThere, entry.value]).toEqual([false, null]);
  });
});
