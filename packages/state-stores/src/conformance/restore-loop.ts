/**
 * Child of the kill test: `restore-loop.ts DIR STEP NTH`. Restores two stores from the numbered records for ever, in large
 * batches of which one is on its way while the next is gathered, from where the state in DIR stands; kills itself on
 * reaching STEP for the NTH time. Prints a line per round.
 */
import { doomedState } from "./doomed-state.js";
import { changelogOf, recordsToRestore, STORES } from "./numbered-records.js";

const BATCH = 30_000;
const [dir, killStep, nth] = process.argv.slice(2) as [string, string, string];
const { state, reached } = await doomedState(dir, killStep, Number(nth));

let writing: Promise<void>[] = [];
const positions = new Map(STORES.map((store) => [store, state.offsets().get(changelogOf(store)) ?? 0]));

for (;;) {
  const written = writing;
  writing = [];
  for (const store of STORES) {
    const from = positions.get(store)!;
    const to = from + BATCH;
    const rows = recordsToRestore(store, from, to);
    reached("rows gathered");
    positions.set(store, to);
    writing.push(state.restore(store, rows, changelogOf(store), to));
    reached("handed over");
  }
  await Promise.all(written);
  reached("restored");
  console.log(`restored ${[...positions.values()].join(" ")}`);
}
