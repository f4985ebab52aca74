import { runTool } from "./command.js";
import { sourceFiles } from "./source-files.js";
import type { TierResult } from "./tally.js";

/**
 * How many type instantiations the type tests may cost, with the sources they import. It guards the inference of long
 * operator chains: raise it only together with the feature that needs it, and say so in the commit. Importing
 * the library alone costs nine tenths of it.
 */
const INSTANTIATIONS_MAX = 123_000;

/** Compiles every `.test-d.ts`; a file counts as one test, and so does the budget of instantiations. */
export async function runTypeTests(): Promise<TierResult> {
  const files = sourceFiles(".test-d.ts");
  if (files.length === 0) return { tally: { passed: 0, failed: 0, skipped: 0 }, details: "" };
  const outcome = await runTool("tsc", ["-p", "tsconfig.types.json", "--extendedDiagnostics", "--pretty", "false"]);
  const errors = outcome.output.split("\n").filter((line) => line.includes(": error TS"));
  const broken = new Set(errors.map((line) => line.slice(0, line.indexOf("("))));
  const brokenTests = files.filter((file) => broken.has(file)).length;
  const brokenElsewhere = broken.size > brokenTests || (!outcome.succeeded && broken.size === 0);
  const instantiations = Number(/^Instantiations:\s+(\d+)$/mu.exec(outcome.output)?.[1]);
  const withinBudget = instantiations <= INSTANTIATIONS_MAX;
  const failed = brokenTests + Number(brokenElsewhere) + Number(!withinBudget);
  return {
    tally: { passed: files.length - brokenTests + Number(withinBudget), failed, skipped: 0 },
    details: brokenElsewhere && errors.length === 0 ? outcome.output : errors.join("\n"),
    note: `${instantiations} type instantiations of at most ${INSTANTIATIONS_MAX}`,
  };
}
