import type { StateBackend, TaskState } from "@millrace/state-stores";
import type { SimulatedDisk } from "../simulated-disk.js";
import { overlay } from "./overlay.js";
import type { SimulatedProcess } from "./simulated-process.js";

const NEARBY = { nearby: true };

/** The state of one life of a process on a disk that outlives it. A batch under way at a crash is there whole or not at all. */
export function simulatedState(disk: SimulatedDisk, process: SimulatedProcess, latencyMs: () => number): StateBackend {
  const backend = disk.backend(process.environment, latencyMs);
  return overlay(backend, {
    open: (taskId) => process.request("state.open", async () => bordered(await backend.open(taskId), process), NEARBY),
  });
}

function bordered(state: TaskState, process: SimulatedProcess): TaskState {
  return overlay(state, {
    commitFrozen: (offsets, stamp) => process.request("state.commit", () => state.commitFrozen(offsets, stamp), NEARBY),
    restore: (store, rows, changelog, offset) =>
      process.request("state.restore", () => state.restore(store, rows, changelog, offset), NEARBY),
    spill: () => process.request("state.spill", () => state.spill(), NEARBY),
    wipe: () => process.request("state.wipe", () => state.wipe(), NEARBY),
  });
}
