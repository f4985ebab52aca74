import { perSecond, type BenchResult } from "./bench.js";
import { benches } from "./pipeline/index.js";

/** The child process of one bench: `run-one.ts NAME RECORDS` prints its result as one line of JSON. */
const [name, count] = process.argv.slice(2);
const bench = benches.find((candidate) => candidate.name === name);
if (bench === undefined)
  throw new Error(`There is no bench ${name}. There are: ${benches.map((b) => b.name).join("; ")}.`);
const records = Number(count);

await bench.run(Math.ceil(records / 4)); // the compiler's share, not counted
const rate = perSecond(await bench.run(records));
const peakMemoryMb = Math.round(process.resourceUsage().maxRSS / 1024);
await bench.baseline(Math.ceil(records / 4));
const baselineRate = perSecond(await bench.baseline(records));
const result: BenchResult = {
  name: bench.name,
  unit: bench.unit,
  records,
  perSecond: rate,
  baselinePerSecond: baselineRate,
  ratio: Number((rate / baselineRate).toFixed(3)),
  goalPerSecond: bench.goalPerSecond ?? null,
  peakMemoryMb,
};
console.log(JSON.stringify(result));
