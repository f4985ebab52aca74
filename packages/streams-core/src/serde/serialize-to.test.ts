import { describe, expect, it } from "vitest";
import { Windowed, type Serde } from "../model/index.js";
import { ownMemory, ReusedMemory, serdes, serializeTo, SlabMemory } from "./index.js";

describe("serializing into memory given", () => {
  it.each<[Serde<never>, unknown]>([
    [serdes.string as Serde<never>, "word"],
    [serdes.string as Serde<never>, "Wörter und ".repeat(9)],
    [serdes.string as Serde<never>, ""],
    [serdes.long as Serde<never>, 1_700_000_000_000],
    [serdes.bigint as Serde<never>, -5n],
    [serdes.int as Serde<never>, -2],
    [serdes.short as Serde<never>, 258],
    [serdes.double as Serde<never>, 0.1],
    [serdes.float as Serde<never>, 1.5],
    [serdes.uuid as Serde<never>, "123e4567-e89b-12d3-a456-426614174000"],
    [serdes.json<object>() as Serde<never>, { a: 1 }],
    [serdes.timeWindowed(serdes.string, 10) as Serde<never>, new Windowed("a", 20, 30)],
    [serdes.sessionWindowed(serdes.long) as Serde<never>, new Windowed(7, 20, 30)],
    [
      serdes.timeWindowed(serdes.sessionWindowed(serdes.string), 10) as Serde<never>,
      new Windowed(new Windowed("a", 1, 2), 20, 30),
    ],
  ])("gives the bytes of serialize, whatever was there before: %o %o", (serde, value) => {
    const memory = new ReusedMemory();
    const expected = Array.from(serde.serialize("t", value as never));
    for (const [own, reused] of [ownMemory, memory, memory, new SlabMemory()].entries()) {
      const bytes = serializeTo(serde, "t", value as never, reused);
      expect([own, Array.from(bytes)]).toEqual([own, expected]);
      if (reused === memory) bytes.fill(255);
    }
  });

  it("refuses what serialize refuses", () => {
    const memory = new ReusedMemory();
    expect(() => serializeTo(serdes.long, "t", 0.5, memory)).toThrow("a whole number");
    expect(() => serializeTo(serdes.string, "t", 1 as never, memory)).toThrow("a string");
  });
});

describe("memory for bytes", () => {
  it("that is reused is the same for the same length", () => {
    const memory = new ReusedMemory();
    expect([memory.of(8) === memory.of(8), memory.of(8).length, memory.of(9).length]).toEqual([true, 8, 9]);
    expect(memory.of(5000) === memory.of(5000)).toBe(false);
  });

  it("in slabs belongs to one array each", () => {
    const memory = new SlabMemory();
    const lengths = Array.from({ length: 3000 }, (_, index) => (index * 7) % 600);
    const arrays = lengths.map((length, index) => memory.of(length).fill(index % 251));
    expect(arrays.map(({ length }) => length)).toEqual(lengths);
    expect(arrays.every((bytes, index) => bytes.every((byte) => byte === index % 251))).toBe(true);
  });
});
