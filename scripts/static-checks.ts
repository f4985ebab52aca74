import { type Outcome, runTool } from "./command.js";
import type { TierResult } from "./tally.js";

/** The slow ones first: two run at a time. */
const CHECKS: readonly (readonly [name: string, run: () => Promise<Outcome>])[] = [
  ["lint", () => runTool("eslint", [".", "--max-warnings=0"])],
  ["type check", () => runTool("tsc", ["-p", "tsconfig.check.json"])],
  ["import rules", () => runTool("depcruise", ["packages", "benchmarks", "scripts", "--output-type=err"])],
  ["dead exports", () => runTool("knip", ["--no-progress", "--no-config-hints"])],
  ["format", () => runTool("prettier", [".", "--check", "--log-level=warn"])],
];
const AT_A_TIME = 2;

/** Runs what can be said about the sources without running them; each check counts as one test. */
export async function runStaticChecks(): Promise<TierResult> {
  const failures: string[] = [];
  const waiting = [...CHECKS];
  const runNext = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const outcome = await check[1]();
      if (!outcome.succeeded) failures.push(`--- ${check[0]}\n${outcome.output}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, runNext));
  return {
    tally: { passed: CHECKS.length - failures.length, failed: failures.length, skipped: 0 },
    details: failures.join("\n"),
  };
}
