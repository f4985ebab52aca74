import { describe, expect, it } from "vitest";

import { compareKeys, inRange, keyAfter, keyBytes, prefixEnd, prefixRange, storeKey, writeKey } from "../index.js";

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);

describe("a store key", () => {
  it.each([0, 1, 8, 24, 25, 256, 257, 5000])("holds %i bytes and gives them back", (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 37) % 256);
    expect(storeKey(bytes).length).toBe(length);
    expect(storeKey(Buffer.from(bytes))).toBe(storeKey(bytes));
    expect(keyBytes(storeKey(bytes))).toEqual(bytes);
  });

  it("is a copy, of a view too", () => {
    const bytes = Uint8Array.from(everyByte);
    const key = storeKey(bytes.subarray(97, 100));
    bytes.fill(0);
    expect(key).toBe("abc");
  });

  it("is written into the middle of a buffer", () => {
    for (const key of ["abc", "ÿ".repeat(30)]) {
      const target = new Uint8Array(40);
      expect(writeKey(key, target.subarray(2), 1)).toBe(1 + key.length);
      expect(storeKey(target.subarray(3, 3 + key.length))).toBe(key);
      expect([target[2], target[3 + key.length]]).toEqual([0, 0]);
    }
  });

  it("sorts as its bytes do", () => {
    const keys = ["", "\0", "\0\xff", "\x7f", "\x80", "\xff", "\xff\0"];
    for (const left of keys) {
      for (const right of keys) {
        expect(Math.sign(compareKeys(left, right))).toBe(Buffer.compare(keyBytes(left), keyBytes(right)));
      }
    }
  });
});

describe("ranges", () => {
  it.each([
    ["a", "b"],
    ["a\xff", "b"],
    ["a\xff\xff", "b"],
    ["\x7f", "\x80"],
    ["ab", "ac"],
    ["", null],
    ["\xff", null],
    ["\xff\xff", null],
  ])("of prefix %j end at %j", (prefix, end) => {
    expect(prefixEnd(prefix)).toBe(end);
    expect(inRange(`${prefix}\xff\xff`, prefixRange(prefix))).toBe(true);
    if (end !== null) expect(inRange(end, prefixRange(prefix))).toBe(false);
  });

  it("take in their start and leave out their end", () => {
    const range = { from: "b", to: keyAfter("c"), reverse: false };
    expect(["a", "b", "c", "c\0", "d"].map((key) => inRange(key, range))).toEqual([false, true, true, false, false]);
  });
});
