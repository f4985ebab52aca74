import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runNode, runTool, SOURCE_FLAGS } from "./command.js";
import { checkDocumentTypes } from "./document-types.js";
import { sourceFiles } from "./source-files.js";
import { runStaticChecks } from "./static-checks.js";
import { add, NOTHING, ONE_FAILURE, parse, type Tally, type TierResult } from "./tally.js";
import { runTypeTests } from "./type-tests.js";

/** The tiers of the test suite in the order `npm test` runs them: what fails fastest comes first. */
export const TIERS: ReadonlyMap<string, () => Promise<TierResult>> = new Map([
  ["static", runStaticChecks],
  ["types", runTypes],
  ["unit", () => runVitest("unit", ".test.ts")],
  ["conformance", runConformance],
  ["oracle", () => runVitest("oracle", ".oracle.ts")],
  ["simulation", () => runVitest("simulation", ".simulation.ts")],
  ["process", () => runVitest("process", ".process.ts")],
  ["broker", () => runOnBroker("broker", ".broker.ts")],
]);

/** Tiers that run only where they are named: they take longer than `npm test` has time for. */
export const LONG_TIERS: typeof TIERS = new Map([["soak", () => runOnBroker("soak", ".soak.ts")]]);

/** The type tests, and the code that stands in pages and docstrings. */
async function runTypes(): Promise<TierResult> {
  // A process of its own, which works while this one compiles the documents.
  const running = runTypeTests();
  const documents = checkDocumentTypes();
  const tests = await running;
  return {
    ...tests,
    tally: add(tests.tally, documents.tally),
    details: [tests.details, documents.details].filter(Boolean).join("\n"),
  };
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

/**
 * Says at once what it waits for, and in its note which broker it found, or why none. What long tests say of how far they
 * are goes on at once.
 */
async function runOnBroker(project: string, suffix: string): Promise<TierResult> {
  let announced = false;
  const announce = (text: string) => {
    const line = /^broker tier: (.*)$/mu.exec(text)?.[1];
    if (!announced && line !== undefined) console.log(`${project}: ${line}`);
    announced ||= line !== undefined;
    for (const [progress] of text.matchAll(/^(?:kill series|soak), .*$/gmu)) console.log(progress);
  };
  const result = await runVitest(project, suffix, announce);
  const [, found] = [...result.details.matchAll(/^broker tier: (.*)$/gmu)];
  return found === undefined ? result : { ...result, note: found[1]! };
}

async function runVitest(
  project: string,
  suffix: string,
  onText: (text: string) => void = () => {},
): Promise<TierResult> {
  if (sourceFiles(suffix).length === 0) return { tally: NOTHING, details: "" };
  const folder = mkdtempSync(join(tmpdir(), "millrace-tests-"));
  const report = join(folder, "report.json");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  try {
    const args = ["run", "--config", "vitest.workspace.ts", "--project", project, ...reporters];
    const outcome = await runTool("vitest", args, onText);
    const details = outcome.output.replace(/^JSON report written to .*$/mu, "");
    return { tally: tallyVitest(report, outcome.succeeded), details };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function tallyVitest(reportFile: string, succeeded: boolean): Tally {
  let report: VitestReport;
  try {
    report = JSON.parse(readFileSync(reportFile, "utf8")) as VitestReport;
  } catch {
    return ONE_FAILURE;
  }
  // A file that fails while it loads has no tests to count.
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  const tally = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const ranNothing = tally.passed + tally.failed + tally.skipped === 0;
  return tally.failed === 0 && (ranNothing || !succeeded) ? add(tally, ONE_FAILURE) : tally;
}

async function runConformance(): Promise<TierResult> {
  const outcome = await runNode([...SOURCE_FLAGS, "packages/conformance/src/main.ts"]);
  const tally = parse(outcome.output);
  if (tally === undefined) return { tally: ONE_FAILURE, details: outcome.output };
  const hidesFailure = tally.failed === 0 && (!outcome.succeeded || tally.passed === 0);
  return { tally: hidesFailure ? add(tally, ONE_FAILURE) : tally, details: outcome.output };
}
