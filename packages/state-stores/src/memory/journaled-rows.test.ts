import { describe, expect, it } from "vitest";

import { textOf, valueOf } from "../conformance/rows.js";
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
});
