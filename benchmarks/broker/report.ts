import Table from "cli-table3";
import type { SideResult } from "./result.js";
import type { Workload } from "./workloads.js";

/** Both sides of a workload; a side that was left out is undefined. */
export interface Comparison {
  readonly workload: Workload;
  readonly ours: SideResult | undefined;
  readonly java: SideResult | undefined;
}

/** Workload -> ours over Java, of the workloads both sides ran. */
export function ratios(comparisons: readonly Comparison[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { workload, ours, java } of comparisons) {
    if (ours === undefined || java === undefined) continue;
    all[workload.name] = Number((ours.steadyPerSecond / java.steadyPerSecond).toFixed(2));
  }
  return all;
}

export function drawTable(comparisons: readonly Comparison[]): string {
  const right = (count: number) => Array.from({ length: count }, () => "right" as const);
  const table = new Table({
    head: ["workload", "ours /s", "Java /s", "ratio", "goal", "ceiling /s", "of it", "cpu µs", "peak MB"],
    colAligns: ["left", ...right(8)],
    style: { head: [], border: [] },
  });
  const all = ratios(comparisons);
  for (const { workload, ours, java } of comparisons) {
    const { name, unit, ceilingPerSecond, goalRatio } = workload;
    const both = (of: (side: SideResult) => number) =>
      [ours, java].map((side) => (side === undefined ? "-" : of(side).toLocaleString("en"))).join(" / ");
    table.push([
      `${name} (${unit})`,
      ours?.steadyPerSecond.toLocaleString("en") ?? "-",
      java?.steadyPerSecond.toLocaleString("en") ?? "-",
      all[name]?.toFixed(2) ?? "-",
      goalRatio.toFixed(1),
      ceilingPerSecond.toLocaleString("en"),
      ours === undefined ? "-" : `${Math.round((ours.steadyPerSecond / ceilingPerSecond) * 100)} %`,
      both((side) => side.cpuMicrosecondsPerUnit),
      both((side) => side.peakMemoryMb),
    ]);
  }
  return table.toString();
}
