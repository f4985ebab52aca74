import type { OpenStore } from "../stores/index.js";

/** A task as those see it that follow its stores. */
export interface WatchedTask {
  /** Null: global stores, of all partitions. */
  readonly partition: number | null;
  /** The stores are as the last commit left them: nothing was written since, and no commit is on its way. */
  readonly settled: boolean;
  openStore(name: string): OpenStore | undefined;
}

/** Hears of what becomes of tasks. Calls are synchronous, and come between records. */
export interface TaskListener {
  /** Restored, about to call its processors for the first time; `settled`. The same task may come back as another object after a roll-back. */
  onRun(task: WatchedTask): void;
  /** Exactly-once: what the task wrote is committed, and it has written nothing since. */
  onCommitted(task: WatchedTask): void;
  /** It writes no more. What was not committed is undone, or done again elsewhere. */
  onStop(task: WatchedTask): void;
}
