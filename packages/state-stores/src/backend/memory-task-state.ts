import type { TaskState } from "../contract/index.js";
import { MemoryEngine } from "../engines/memory-engine.js";
import { LayeredTaskState } from "../task/layered-task-state.js";

/** State of one task on the heap, at once and without a backend: for test drivers. */
export const memoryTaskState = (taskId: string): TaskState =>
  new LayeredTaskState(taskId, new MemoryEngine(), { closed() {} });
