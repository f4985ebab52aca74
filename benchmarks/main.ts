import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Table from "cli-table3";
import { Command } from "commander";
import { createSpinner } from "nanospinner";
import type { Bench, BenchResult } from "./bench.js";
import { benches } from "./pipeline/index.js";

const runFile = promisify(execFile);
const runner = fileURLToPath(new URL("run-one.ts", import.meta.url));
const defaultFile = fileURLToPath(new URL("results/local/bench.json", import.meta.url));

interface Options {
  readonly only?: string;
  readonly scale: string;
  readonly json: string;
}

/** Each bench in a process of its own, so that peak memory is its own and no code is compiled for another's types. */
async function measure(bench: Bench, scale: number): Promise<BenchResult> {
  const records = Math.ceil(bench.records * scale);
  const { stdout } = await runFile(process.execPath, [...process.execArgv, runner, bench.name, String(records)], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as BenchResult;
}

function draw(results: readonly BenchResult[]): string {
  const table = new Table({
    head: ["bench", "per second", "goal", "loop by hand", "ours / by hand", "peak memory"],
    colAligns: ["left", "right", "right", "right", "right", "right"],
    style: { head: [], border: [] },
  });
  for (const result of results) {
    table.push([
      result.name,
      `${result.perSecond.toLocaleString("en")} ${result.unit}`,
      result.goalPerSecond?.toLocaleString("en") ?? "",
      result.baselinePerSecond.toLocaleString("en"),
      result.ratio.toFixed(2),
      `${result.peakMemoryMb} MB`,
    ]);
  }
  return table.toString();
}

await new Command("bench")
  .description("Times the pipelines of benchmarks/pipeline, each beside the same work written by hand.")
  .option("--only <text>", "only benches whose name contains the text")
  .option("--scale <factor>", "multiplies the number of records", "1")
  .option("--json <file>", "where the results go", defaultFile)
  .action(async (options: Options) => {
    const results: BenchResult[] = [];
    for (const bench of benches.filter(({ name }) => name.includes(options.only ?? ""))) {
      const spinner = createSpinner(bench.name, { stream: process.stderr }).start();
      const result = await measure(bench, Number(options.scale));
      spinner.success({ text: `${bench.name}: ${result.perSecond.toLocaleString("en")} ${result.unit}/s` });
      results.push(result);
    }
    console.log(draw(results));
    const machine = { node: process.version, cpus: cpus().length, model: cpus()[0]?.model ?? "unknown" };
    mkdirSync(dirname(options.json), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 2)}\n`);
    console.log(`Results are in ${options.json}.`);
  })
  .parseAsync();
