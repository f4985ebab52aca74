import { systemEnvironment, systemScheduler } from "@millrace/kernel";
import { ClassicLevel } from "classic-level";

import { leveldbBackend, type TaskState } from "../index.js";

/** The state of a child of the kill test, and how the child says where it is. */
export interface DoomedState {
  readonly state: TaskState;
  /** The child is at `step`; on coming to the step it is to die at, so many times, it does. */
  readonly reached: (step: string) => void;
}

/** Opens the state in `dir` for a process that kills itself on reaching `killStep` for the `nth` time. */
export async function doomedState(dir: string, killStep: string, nth: number): Promise<DoomedState> {
  let left = nth;
  const reached = (step: string): void => {
    if (step !== killStep) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, "SIGKILL");
  };
  tellOfBatches(reached);
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
  return { state: await backend.open("0_0"), reached };
}

function tellOfBatches(reached: (step: string) => void): void {
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
}
