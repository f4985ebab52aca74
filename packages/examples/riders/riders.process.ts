import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { printedAnswers, quickstartAnswers } from "./printed-answers.fixture.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** As the README has it. */
async function run(...options: readonly string[]): Promise<string> {
  const args = ["scripts/run.mjs", "example", "riders", ...options];
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
}

it.each([[[]], [["--observable"]]])(
  "pushes three riders and pulls two rows on the embedded log %j",
  async (options) => {
    const stdout = await run(...options);
    expect(printedAnswers(stdout)).toEqual(quickstartAnswers);
    expect(stdout).toContain("4ab5cbad: 37.3952,-122.0813 (partition 0, which this process has)");
  },
);

it("follows riders who come nearer, until they leave the rows they were in", async () => {
  const { pushed, rows } = printedAnswers(await run("--seconds", "4"));
  expect(pushed.slice(0, 3)).toEqual(quickstartAnswers.pushed);
  // The one at 5.25 km is within 5 after a fifth of the way.
  expect(pushed).toContain("18f4ea86  4.200");
  expect(rows).toContain("0 | 18f4ea86 4a7c7b41 4ab5cbad 8b6eae59 | 4");
});
