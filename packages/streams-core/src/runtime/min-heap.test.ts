import { describe, expect, it } from "vitest";
import { MinHeap } from "./min-heap.js";

interface Item {
  readonly rank: number;
  readonly name: string;
}

const items = (text: string): Item[] => text.split(" ").map((name) => ({ name, rank: Number(name.slice(1)) }));

function pollAll(heap: MinHeap<Item>): string {
  const names: string[] = [];
  for (let item = heap.poll(); item !== null; item = heap.poll()) names.push(item.name);
  return names.join(" ");
}

describe("MinHeap", () => {
  it("gives items by rank", () => {
    const heap = new MinHeap<Item>();
    for (const item of items("a5 b3 c9 d1 e4 f2")) heap.offer(item);
    expect(pollAll(heap)).toBe("d1 f2 b3 e4 a5 c9");
    expect(heap.poll()).toBeNull();
  });

  // What java.util.PriorityQueue gives for the same offers.
  it.each([
    ["a1 b1", "a1 b1"],
    ["a1 b1 c1", "a1 c1 b1"],
    ["a1 b1 c1 d1", "a1 d1 c1 b1"],
    ["a2 b1 c1 d2 e1", "b1 e1 c1 d2 a2"],
  ])("resolves ties of %s as Java does", (offered, polled) => {
    const heap = new MinHeap<Item>();
    for (const item of items(offered)) heap.offer(item);
    expect(pollAll(heap)).toBe(polled);
  });

  it("clears", () => {
    const heap = new MinHeap<Item>();
    heap.offer({ name: "a", rank: 1 });
    heap.clear();
    expect([heap.size, heap.peek()]).toEqual([0, null]);
  });
});
