import { describe, expect, it } from "vitest";
import { murmur3 } from "./murmur3.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** From Kafka Streams 4.3.1; the conformance vectors have more. */
const hashes: [input: string, hash: string][] = [
  ["", "9d2764a018e329428c3cf3b035938518"],
  ["9f", "8fae480891e37a0b23981f3abb1995a8"],
  ["7679800909ca894e", "f99c5a34a5cab9320226b930402c6aa4"],
  ["99a450fde0818e5fb5", "2cbf5c0662c1bf1d39b47e4142f7b0ff"],
  ["3f79e690e4ffaa9e447df0481c50b9", "5f831c29d9c4e91c29945297d4095425"],
  ["8be8a47790e82ac2816eb685661b2f52", "aef05177befa553959ebc0d0aa606571"],
  ["dd5d2c224335001a09941e5b588b782131", "473563c76d3ce64c73aa2a608cda9887"],
];

describe("murmur3", () => {
  it.each(hashes)("of %s is %s", (input, hash) => {
    expect(hex(murmur3(Buffer.from(input, "hex")))).toBe(hash);
  });

  it("reads a view where it lies, at any offset", () => {
    const bytes = Buffer.from(`ff${hashes[6]![0]}ff`, "hex");
    expect(hex(murmur3(bytes.subarray(1, bytes.length - 1)))).toBe(hashes[6]![1]);
  });
});
