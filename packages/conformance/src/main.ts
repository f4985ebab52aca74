import { parseArgs } from "node:util";
import { verdictOn } from "./checking/verdict.js";
import { failureLines, summaryLines } from "./report.js";
import { Tallies } from "./tally.js";
import { defaultVectorsDirectory, readVectors } from "./vectors.js";

const { values: options } = parseArgs({
  options: { family: { type: "string" }, name: { type: "string" }, verbose: { type: "boolean", default: false } },
});

const tallies = new Tallies();
for (const scenario of readVectors(process.env["MILLRACE_VECTORS"] ?? defaultVectorsDirectory)) {
  const { family, name } = scenario;
  if ((options.family ?? family) !== family || (options.name ?? name) !== name) continue;
  const verdict = verdictOn(scenario);
  tallies.add(family, verdict);
  if (verdict.kind === "failed") console.log(failureLines(name, verdict, options.verbose).join("\n"));
}
console.log(summaryLines(tallies).join("\n"));
const { passed, failed } = tallies.all;
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
