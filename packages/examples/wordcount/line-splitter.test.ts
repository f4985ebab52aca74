import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.js";

function split(...chunks: readonly string[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)));
  return [...lines, ...splitter.end()].map((line) => line.toString());
}

describe("LineSplitter", () => {
  it("cuts chunks into lines, wherever the chunks end", () => {
    expect(split("one\ntw", "o\nthr", "ee")).toEqual(["one\n", "two\n", "three"]);
  });

  it("gives nothing for nothing", () => {
    expect(split()).toEqual([]);
    expect(split("a\n")).toEqual(["a\n"]);
  });

  it("cuts an endless line between words, never inside one", () => {
    const words = "word_1 ".repeat(20_000);
    const lines = split(words.slice(0, 70_003), words.slice(70_003));
    expect(lines.join("")).toBe(words);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines.slice(0, -1)) expect(line).toMatch(/ $/);
  });
});
