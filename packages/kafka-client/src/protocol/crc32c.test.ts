import { expect, test } from "vitest";
import { crc32c } from "./crc32c.js";

const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);

test.each([
  ["nothing", Buffer.alloc(0), 0x00000000],
  ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
  ["32 zeros (RFC 3720)", Buffer.alloc(32), 0x8a9136aa],
  ["32 times 255 (RFC 3720)", Buffer.alloc(32, 255), 0x62a8ab43],
  ["0 to 31 (RFC 3720)", ascending, 0x46dd794e],
  ["31 to 0 (RFC 3720)", ascending.slice().reverse(), 0x113fdb5c],
])("of %s", (_, bytes, expected) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(expected);
});

test("of a part, at any alignment, and continued from a seed", () => {
  const bytes = Buffer.from("...123456789...");
  expect(crc32c(bytes, 3, 12)).toBe(0xe3069283);
  expect(crc32c(bytes, 7, 12, crc32c(bytes, 3, 7))).toBe(0xe3069283);
});

test("of short runs, long ones and those of several chunks as bit by bit", () => {
  const lengths = [...Array(64).keys(), 511, 512, 513, 519, 527, 528, 529, 5_003, 65_536, 65_537, 140_000];
  for (const length of lengths) {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 167 + length) & 255);
    expect(crc32c(bytes, 0, length)).toBe(bitByBit(bytes));
  }
});

function bitByBit(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}
