import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { restoredRows, textOf, valueOf } from "../conformance/rows.js";
import { ALL_KEYS } from "../keys/key-range.js";
import { JournaledRows } from "./journaled-rows.js";

const put = (rows: JournaledRows, ...texts: string[]): void => {
  for (const text of texts) {
    const [key, value] = text.split("=") as [string, string?];
    rows.put(key, value === undefined ? null : valueOf(value));
  }
};

const rowsOf = (rows: JournaledRows): string[] => {
  const found: string[] = [];
  for (const cursor = rows.cursor(ALL_KEYS); cursor.key !== null; cursor.advance()) {
    expect(rows.get(cursor.key)).toBe(cursor.value);
    found.push(`${cursor.key}=${textOf(cursor.value)}`);
  }
  expect(rows.size).toBe(found.length);
  return found;
};

const committed = (...texts: string[]): JournaledRows => {
  const rows = new JournaledRows();
  put(rows, ...texts);
  rows.commitAll();
  return rows;
};

describe("rows with a journal", () => {
  it("go back to what was committed", () => {
    const rows = committed("a=1", "b=1", "c=1");
    put(rows, "a=2", "a=3", "b", "d=2");
    rows.freeze();
    put(rows, "a=4", "b=4", "c", "d", "e=4");
    expect(rowsOf(rows)).toEqual(["a=4", "b=4", "e=4"]);
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a=1", "b=1", "c=1"]);
  });

  it("go back to a frozen transaction once that is committed", () => {
    const rows = committed("a=1", "b=1");
    put(rows, "a", "b=2", "c=2");
    rows.freeze();
    put(rows, "a=3", "b", "c");
    rows.commitFrozen();
    expect(rowsOf(rows)).toEqual(["a=3"]);
    rows.discard();
    expect(rowsOf(rows)).toEqual(["b=2", "c=2"]);
  });

  it("note a key again after a discard", () => {
    const rows = committed("a=1");
    put(rows, "a=2");
    rows.discard();
    put(rows, "a=3");
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a=1"]);
  });

  it("restore under a running transaction", () => {
    const rows = committed("a=1", "b=1");
    put(rows, "a=2", "b");
    rows.restore("a", valueOf("restored"));
    rows.restore("b", null);
    rows.restore("c", valueOf("restored"));
    expect(rowsOf(rows)).toEqual(["a=2", "c=restored"]);
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a=restored", "c=restored"]);
  });

  it("restore many at once, over what is there, sorted or being written", () => {
    for (const busy of ["idle", "sorted", "running"]) {
      const rows = committed("a=1", "b=1", "c=1");
      if (busy === "sorted") rowsOf(rows);
      if (busy === "running") put(rows, "a=2");
      const restored = restoredRows(
        ["a=8", "b", "d=8", "d=9"].map((text) => {
          const [key, value] = text.split("=") as [string, string?];
          return { key, value: value === undefined ? null : valueOf(value) };
        }),
      );
      rows.restoreAll(restored);
      rows.discard();
      expect(rowsOf(rows)).toEqual(["a=8", "c=1", "d=9"]);
      put(rows, "a=3", "d");
      rows.discard();
      expect(rowsOf(rows)).toEqual(["a=8", "c=1", "d=9"]);
    }
  });

  it("forget deleted keys with the commit", () => {
    const rows = committed("a=1");
    put(rows, "a", "never");
    expect([rows.get("a"), rows.size]).toEqual([null, 0]);
    rows.commitAll();
    put(rows, "a=2");
    expect(rowsOf(rows)).toEqual(["a=2"]);
  });

  it("count the bytes of the running transaction", () => {
    const rows = committed("a=1");
    expect(rows.runningBytes).toBe(0);
    rows.put("a", new Uint8Array(100));
    const once = rows.runningBytes;
    rows.put("a", new Uint8Array(300));
    expect([once > 100, rows.runningBytes - once]).toEqual([true, 200]);
    rows.freeze();
    expect(rows.runningBytes).toBe(0);
  });

  it("drop groups, and bring them back with what was written before, but not after", () => {
    const rows = committed("a1=1", "a2=1", "b1=1", "b2=1", "c1=1");
    rows.groupByPrefix(1);
    put(rows, "a1=2", "a3=2", "b1");
    rows.dropBelow("b");
    put(rows, "a1=3", "a4=3");
    expect(rowsOf(rows)).toEqual(["a1=3", "a4=3", "b2=1", "c1=1"]);
    rows.dropBelow("c");
    put(rows, "b2=4");
    expect(rowsOf(rows)).toEqual(["b2=4", "c1=1"]);
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a1=1", "a2=1", "b1=1", "b2=1", "c1=1"]);
  });

  it("drop groups for good with a commit, whoever sorts them", () => {
    const rows = committed("a1=1", "b1=1", "c1=1");
    rows.groupByPrefix(1);
    expect(rowsOf(rows)).toEqual(["a1=1", "b1=1", "c1=1"]);
    put(rows, "a1=2");
    rows.freeze();
    rows.dropBelow("b");
    rows.commitFrozen();
    put(rows, "a2=3");
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a1=2", "b1=1", "c1=1"]);
    rows.dropBelow("c");
    rows.commitAll();
    rows.discard();
    expect(rowsOf(rows)).toEqual(["c1=1"]);
  });

  it("restore committed rows under a dropped group", () => {
    const rows = committed("a1=1", "a2=1", "b1=1");
    rows.groupByPrefix(1);
    put(rows, "a2=2");
    rows.dropBelow("b");
    put(rows, "a1=3");
    rows.restore("a1", valueOf("9"));
    rows.restore("a2", valueOf("9"));
    rows.restore("a3", valueOf("9"));
    expect(rowsOf(rows)).toEqual(["a1=3", "b1=1"]);
    rows.discard();
    expect(rowsOf(rows)).toEqual(["a1=9", "a2=9", "a3=9", "b1=1"]);
  });

  it("are, grouped and dropped at random, what rows dropped one by one are", () => {
    const key = fc.tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "1", "2")).map((parts) => parts.join(""));
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.tuple(fc.constant("put" as const), key, fc.constantFrom<string | null>("1", "2", null)),
      },
      fc.tuple(fc.constant("drop" as const), fc.constantFrom("a", "b", "c", "d"), fc.constant(null)),
      fc.tuple(fc.constantFrom("freeze", "commit", "discard", "sort"), fc.constant(""), fc.constant(null)),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const [grouped, plain] = [new JournaledRows(), new JournaledRows()];
        grouped.groupByPrefix(1);
        let frozen = false;
        for (const [what, at, value] of steps) {
          for (const rows of [grouped, plain]) {
            if (what === "put") rows.put(at, value === null ? null : valueOf(value));
            else if (what === "freeze" && !frozen) rows.freeze();
            else if (what === "commit" && frozen) rows.commitFrozen();
            else if (what === "discard") rows.discard();
          }
          if (what === "sort") rowsOf(grouped);
          if (what === "drop") {
            grouped.dropBelow(at);
            for (const text of rowsOf(plain)) if (text < at) plain.put(text.split("=")[0]!, null);
          }
          frozen = what === "freeze" || (frozen && what !== "commit" && what !== "discard");
          for (const name of ["a", "a1", "b", "c2"]) expect(grouped.get(name)).toEqual(plain.get(name));
          expect(grouped.size).toBe(plain.size);
        }
        expect(rowsOf(grouped)).toEqual(rowsOf(plain));
      }),
    );
  });
});
