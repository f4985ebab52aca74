import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { compareKeys } from "../keys/key-range.js";
import { keyOrder } from "./key-order.js";

const ordered = (keys: readonly string[]): string[] => [...keyOrder(keys)].map((place) => keys[place]!);

describe("the order of restored keys", () => {
  it("is that of their bytes, near enough for a database", () => {
    const keys = Array.from({ length: 20_000 }, (_, index) => `courier-${(index * 7919) % 20_000}`);
    const found = ordered(keys);
    const places = new Map([...keys].sort(compareKeys).map((key, place) => [key, place]));
    for (const [place, key] of found.entries()) expect(Math.abs(places.get(key)! - place)).toBeLessThan(8);
  });

  it("is exact where few keys begin alike", () => {
    expect(ordered(["b", "\u00ff", "a\u0001", "abc", "", "abd", "\u0000b"])).toEqual([
      "",
      "\u0000b",
      "a\u0001",
      "abc",
      "abd",
      "b",
      "\u00ff",
    ]);
    expect(ordered([])).toEqual([]);
  });

  it("keeps all rows, and those of equal keys in the order given", () => {
    const part = fc.constantFrom("", "a", "\u0000", "same-prefix-", "\u00ff\u00ff\u00ff\u00ff");
    const key = fc.array(part, { maxLength: 4 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
        const order = [...keyOrder(keys)];
        expect([...order].sort((left, right) => left - right)).toEqual(keys.map((_, place) => place));
        const last = new Map<string, number>();
        for (const place of order) {
          expect(last.get(keys[place]!) ?? -1).toBeLessThan(place);
          last.set(keys[place]!, place);
        }
      }),
    );
  });
});
