import { expect, test } from "vitest";
import { SeededRandomness } from "./seeded-randomness.js";

test("the same seed gives the same numbers, another seed others", () => {
  const draw = (seed: number): number[] => {
    const randomness = new SeededRandomness(seed);
    return Array.from({ length: 5 }, () => randomness.uint32());
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(0).every((word) => Number.isInteger(word) && word >= 0 && word < 2 ** 32)).toBe(true);
});

test("numbers below a bound cover it evenly", () => {
  const randomness = new SeededRandomness(3);
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < 4_000; i++) counts[randomness.below(4)]!++;
  for (const count of counts) expect(count).toBeGreaterThan(850);
});

test("a fork is independent of later draws", () => {
  const one = new SeededRandomness(5);
  const two = new SeededRandomness(5);
  const [a, b] = [one.fork(), two.fork()];
  two.uint32();
  expect(a.uint32()).toBe(b.uint32());
});

test("UUIDs have version 4 and its variant", () => {
  expect(new SeededRandomness(9).uuid()).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/u,
  );
});
