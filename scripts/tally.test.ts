import { describe, expect, it } from "vitest";
import { add, format, parse } from "./tally.js";

describe("tally", () => {
  it("reads back what it prints", () => {
    const tally = { passed: 12, failed: 1, skipped: 3 };
    expect(parse(`conformance: ${format(tally)}\n`)).toEqual(tally);
  });

  it("takes the last line when families print theirs before it", () => {
    expect(parse("papi: 1 passed, 0 failed, 0 skipped\nall: 3 passed, 2 failed, 1 skipped\n")).toEqual({
      passed: 3,
      failed: 2,
      skipped: 1,
    });
  });

  it("finds no tally where a runner crashed before its summary", () => {
    expect(parse("TypeError: x is not a function\n    at main.ts:1:1\n")).toBeUndefined();
  });

  it("adds field by field", () => {
    expect(add({ passed: 1, failed: 2, skipped: 3 }, { passed: 10, failed: 20, skipped: 30 })).toEqual({
      passed: 11,
      failed: 22,
      skipped: 33,
    });
  });
});
