import type { TaskState } from "../contract/index.js";
import { MemoryTables, MemoryTaskState } from "../memory/memory-task-state.js";

/** State of one task on the heap, at once and without a backend: for test drivers. */
export const memoryTaskState = (taskId: string): TaskState =>
  new MemoryTaskState(taskId, new MemoryTables(0), { closed() {} });
