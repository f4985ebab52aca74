import type { Environment } from "@millrace/kernel";
import { WorkerStates, type StateBackends } from "./worker-states.js";

const TASK_NAME = /^\d+_\d+$/u;
/** Databases opened at one time. */
const OPEN_MAX = 4;

/** How far the stores of each task on the disk have come: the sums of their changelog offsets, by task name. */
export async function readStoredOffsets(
  backends: StateBackends,
  environment: Environment,
): Promise<Map<string, number>> {
  const names = (await backends.main.tasks()).filter((name) => TASK_NAME.test(name));
  const sums = new Map<string, number>();
  for (let at = 0; at < names.length; at += OPEN_MAX) {
    await Promise.all(
      names.slice(at, at + OPEN_MAX).map(async (name) => {
        const states = await WorkerStates.open(backends, name, environment);
        if (states === null) return;
        sums.set(name, states.offsetSum);
        await states.close();
      }),
    );
  }
  return sums;
}
