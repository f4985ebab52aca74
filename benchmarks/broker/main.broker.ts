import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canStartBrokers, sharedBrokers } from "@millrace/broker-harness";
import { expect, onTestFinished, test } from "vitest";
import { runChild } from "./child.js";

const runMs = 400_000;

test.runIf(canStartBrokers)("the benchmark compares both sides on a small input", { timeout: runMs }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-bench-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const json = join(folder, "broker.json");
  const main = join(import.meta.dirname, "main.ts");
  const program = ["--conditions=millrace-source", "--import", "tsx", main, "--brokers", sharedBrokers().join()];
  await runChild(process.execPath, [...program, "--only", "wordcount", "--scale", "0.002", "--json", json], () => {});
  const report = JSON.parse(readFileSync(json, "utf8")) as {
    ratios: Record<string, number>;
    results: { workload: string; ours: { large: { units: number } }; java: { large: { units: number } } }[];
  };
  expect(Object.keys(report.ratios)).toEqual(["wordcount"]);
  expect(report.results.map(({ ours, java }) => [ours.large.units, java.large.units])).toEqual([[8000, 8000]]);
});
