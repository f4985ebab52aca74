import type { Scheduler } from "@millrace/kernel";

/** How an operator tells its task of work that goes on after `process` has returned. */
export interface AsyncWork {
  readonly scheduler: Scheduler;
  /** One record more, or less, whose result has not gone downstream: a commit waits for all of them. */
  addPending(change: 1 | -1): void;
  /** One call more, or less, that has not settled; those that wait for the clock to try again do not count. */
  addCalls(change: 1 | -1): void;
  /** One operator more, or less, that is as busy as it may be: the task takes no records until there is none. */
  addBusy(change: 1 | -1): void;
  /** Has `deliver` called in the task's next turn, where it may forward. */
  deliverSoon(deliver: () => void): void;
}
