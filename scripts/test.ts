// Runs the tiers of the test suite, all but the long ones, or those named: `test.ts [tier...]`. The last line is the sum
// over the tiers.
import { add, format, NOTHING, type Tally, type TierResult } from "./tally.js";
import { LONG_TIERS, TIERS } from "./tiers.js";

const wanted = process.argv.slice(2);
const known = new Map([...TIERS, ...LONG_TIERS]);
const unknown = wanted.filter((name) => !known.has(name));
if (unknown.length > 0) {
  console.error(`No such tier: ${unknown.join(", ")}. There are: ${[...known.keys()].join(", ")}.`);
  process.exit(2);
}

let total: Tally = NOTHING;
for (const [name, run] of wanted.length > 0 ? known : TIERS) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const startedAt = performance.now();
  const { tally, details, note }: TierResult = await run();
  if (tally.failed > 0 && details !== "") console.log(`${details.trimEnd()}\n`);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name}: ${format(tally)} (${[`${seconds} s`, note].filter(Boolean).join(", ")})`);
  total = add(total, tally);
}
console.log(format(total));
process.exitCode = total.failed > 0 ? 1 : 0;
