import { describe, expect, it } from "vitest";

import { textOf, valueOf } from "../conformance/rows.js";
import { ALL_KEYS } from "../keys/key-range.js";
import { RowMap } from "./row-map.js";

const rowsOf = (rows: RowMap, range = ALL_KEYS): string[] => {
  const found: string[] = [];
  for (const cursor = rows.cursor(range); cursor.key !== null; cursor.advance()) {
    found.push(`${cursor.key}=${textOf(cursor.value)}`);
  }
  return found;
};

describe("rows in memory", () => {
  it("keep tombstones", () => {
    const rows = new RowMap();
    for (const key of ["b", "a", "c"]) rows.set(key, valueOf(key));
    rows.set("b", null);
    expect([rows.find("b"), rows.find("d"), rows.size]).toEqual([{ value: null }, undefined, 3]);
    expect(rowsOf(rows)).toEqual(["a=a", "b=null", "c=c"]);
  });

  it("write to the key that is asked for, not to the one found last", () => {
    const rows = new RowMap();
    rows.set("a", valueOf("1"));
    rows.find("a");
    rows.set("b", valueOf("2"));
    rows.find("none");
    rows.set("a", valueOf("3"));
    expect(rowsOf(rows)).toEqual(["a=3", "b=2"]);
  });

  it("keep the order for cursors made before and after a write", () => {
    const rows = new RowMap();
    for (let index = 0; index < 200; index += 1) rows.set(String((index * 7) % 200).padStart(3, "0"), valueOf("old"));
    const before = rows.cursor(ALL_KEYS);
    for (let index = 0; index < 200; index += 2) rows.set(String(index).padStart(3, "0"), null);
    rows.set("0005", valueOf("new"));
    const seen: string[] = [];
    for (; before.key !== null; before.advance()) seen.push(textOf(before.value) ?? "null");
    expect([seen.length, new Set(seen)]).toEqual([200, new Set(["old"])]);
    expect(rowsOf(rows, { from: "000", to: "003", reverse: true })).toEqual([
      "002=null",
      "001=old",
      "0005=new",
      "000=null",
    ]);
  });

  it("count bytes up and down", () => {
    const rows = new RowMap();
    rows.set("key", new Uint8Array(100));
    const one = rows.bytes;
    rows.set("key", new Uint8Array(10));
    expect(rows.bytes).toBe(one - 90);
    rows.set("key", null);
    expect(rows.bytes).toBe(one - 100);
  });

  it("drop those before a key, and take later ones in their place", () => {
    const rows = new RowMap();
    for (const key of ["a", "b", "c"]) rows.set(key, valueOf("1"));
    rows.dropBelow("c");
    expect([rowsOf(rows), [...rows.entries()].length, rows.find("a"), rows.hides("b")]).toEqual([
      ["c=1"],
      1,
      undefined,
      true,
    ]);
    const before = rows.bytes;
    rows.set("b", valueOf("22"));
    expect([rowsOf(rows), rows.find("a"), rows.bytes < before]).toEqual([["b=22", "c=1"], undefined, true]);
    rows.dropBelow("b");
    expect([rowsOf(rows), rows.floor]).toEqual([["b=22", "c=1"], "c"]);
    rows.dropBelow("d");
    expect([rowsOf(rows), rows.bytes, rows.isEmpty]).toEqual([[], 0, false]);
  });

  it("let go of dropped rows while others come", () => {
    const rows = new RowMap();
    let mostBytes = 0;
    for (let group = 100; group < 200; group += 1) {
      for (let index = 0; index < 1000; index += 1) rows.set(`${group}-${index}`, valueOf("1"));
      rows.dropBelow(String(group));
      mostBytes = Math.max(mostBytes, rows.bytes);
    }
    expect([mostBytes / rows.bytes < 40, [...rows.entries()].length, rows.find("198-0")]).toEqual([
      true,
      1000,
      undefined,
    ]);
    expect(textOf(rows.find("199-0")!.value)).toBe("1");
  });

  it("build the tree anew rather than keep it up to date for writes that nobody looks at", () => {
    const rows = new RowMap();
    rows.set("b", valueOf("1"));
    const before = rows.cursor(ALL_KEYS);
    for (let index = 0; index < 5000; index += 1) rows.set(`a${index % 3}`, valueOf(String(index)));
    expect([before.key, rowsOf(rows)]).toEqual(["b", ["a0=4998", "a1=4999", "a2=4997", "b=1"]]);
  });
});
