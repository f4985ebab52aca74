/**
 * Child of the kill test: `commit-loop.ts DIR STEP NTH`. Commits numbered records for ever, from where the state in DIR
 * stands; kills itself on reaching STEP for the NTH time. Prints a line per commit.
 */
import { systemEnvironment, systemScheduler } from "@millrace/kernel";
import { ClassicLevel } from "classic-level";

import { leveldbBackend } from "../index.js";
import { CHANGELOG, putRecords } from "./numbered-records.js";

const [dir, killStep, nth] = process.argv.slice(2) as [string, string, string];

let left = Number(nth);
const reached = (step: string): void => {
  if (step !== killStep) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, "SIGKILL");
};

const makeBatch = ClassicLevel.prototype.batch as () => { write(): Promise<void> };
ClassicLevel.prototype.batch = function batch(this: ClassicLevel) {
  const made = makeBatch.call(this);
  const write = made.write.bind(made);
  made.write = async () => {
    reached("batch built");
    const written = write();
    reached("batch on its way");
    await written;
    reached("batch written");
  };
  return made;
} as typeof ClassicLevel.prototype.batch;

const scheduler = {
  ...systemScheduler,
  after: systemScheduler.after.bind(systemScheduler),
  hold: systemScheduler.hold.bind(systemScheduler),
  yield: () => {
    reached("batch being built");
    return systemScheduler.yield();
  },
};

const backend = await leveldbBackend({
  dir,
  cacheBytes: 8 * 1024 * 1024,
  environment: systemEnvironment({ scheduler }),
});
const state = await backend.open("0_0");

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
