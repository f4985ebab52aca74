import { expect, test } from "vitest";
import type { Outcome } from "../scenario.js";
import { failedFields } from "./failed-fields.js";

const records = [{ keyHex: "61" }, { keyHex: "62" }];
const outcome = (change: Partial<Outcome>): Outcome => ({ error: null, internal: { changelog: records }, ...change });

test("records of an unordered topic are compared as a multiset", () => {
  const turned = outcome({ internal: { changelog: records.toReversed() } });
  expect(failedFields(outcome({}), turned).map(({ field }) => field)).toEqual(["internal"]);
  expect(failedFields(outcome({ unordered: ["changelog"] }), turned)).toEqual([]);
  const doubled = outcome({ internal: { changelog: [records[0]!, records[0]!] } });
  expect(failedFields(outcome({ unordered: ["changelog"] }), doubled)).toHaveLength(1);
});

test("only listed stores are compared, and all of them", () => {
  const expected = outcome({ stores: { a: [1] } });
  expect(failedFields(expected, outcome({ stores: { a: [1], b: [2] } }))).toEqual([]);
  expect(failedFields(expected, outcome({ stores: { b: [2] } }))).toHaveLength(1);
});

test("after a failed build nothing but the error counts", () => {
  const failed: Outcome = { error: { build: "TopologyException" } };
  expect(failedFields(outcome({}), failed).map(({ field }) => field)).toEqual(["error"]);
  expect(failedFields(failed, { error: { build: "TopologyException" } })).toEqual([]);
  expect(
    failedFields({ error: { build: "NullPointerException" } }, { error: { build: "IllegalArgumentException" } }),
  ).toEqual([]);
});
