import fc from "fast-check";
import { expect, it } from "vitest";
import { SideRows } from "./side-rows.js";
import { propertyCases } from "../../testing/property-cases.js";

const numRuns = propertyCases();
const keyOf = (number: number): string => String(number).padStart(4, "0");

// Numbers drift upwards, as times do, so that most keys come at the end and leave at the front.
const step = fc.record({
  isAdd: fc.boolean(),
  back: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(300) }),
  at: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(1000) }),
});

it("rows of a side are those of a sorted list, however they come and go", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 800, size: "max" }), (steps) => {
      const rows = new SideRows();
      let model: string[] = [];
      steps.forEach(({ isAdd, back, at }, index) => {
        const key = isAdd || model.length === 0 ? keyOf(Math.max(0, index - back)) : model[at % model.length]!;
        if (isAdd) {
          rows.add(key);
          model = [...new Set([...model, key])].toSorted();
        } else {
          expect(rows.remove(key)).toBe(model.includes(key));
          model = model.filter((present) => present !== key);
        }
        const from = keyOf(Math.max(0, index - at));
        expect([rows.size, rows.first(), rows.second(), rows.last(), rows.firstFrom(from), rows.has(key)]).toEqual([
          model.length,
          model[0] ?? null,
          model[1] ?? null,
          model.at(-1) ?? null,
          model.find((present) => present >= from) ?? null,
          model.includes(key),
        ]);
      });
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  );
});
