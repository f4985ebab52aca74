/** Told when a task's state has been closed. */
export interface TaskStateOwner {
  /** `leakedIterators`: how many iterators were open still. */
  closed(taskId: string, leakedIterators: number): void;
}
