/**
 * Child of the kill test: `commit-loop.ts DIR STEP NTH`. Commits numbered records for ever, from where the state in DIR
 * stands; kills itself on reaching STEP for the NTH time. Prints a line per commit.
 */
import { doomedState } from "./doomed-state.js";
import { CHANGELOG, putRecords } from "./numbered-records.js";

const [dir, killStep, nth] = process.argv.slice(2) as [string, string, string];
const { state, reached } = await doomedState(dir, killStep, Number(nth));

for (let commit = 1; ; commit += 1) {
  const from = state.offsets().get(CHANGELOG) ?? 0;
  const to = from + (commit % 2 === 0 ? 30_000 : 1 + ((from * 31) % 3000));
  putRecords(state, from, to);
  reached("records put");
  state.freeze();
  reached("frozen");
  putRecords(state, to, to + 10);
  const committed = state.commitFrozen(new Map([[CHANGELOG, to]]), {
    clusterId: "cluster",
    committedAtMs: to,
    notes: { records: String(to) },
  });
  await committed;
  reached("committed");
  // What was put after the freeze is put again by the next round.
  state.discard();
  console.log(`committed ${to}`);
}
