/** A timer that has been set and can be called off. */
export interface Timer {
  /** Calls the timer off; does nothing when it has fired already. */
  cancel(): void;
}

/** Runs things later. The only way to time in this code base: nothing else may touch the runtime's timers. */
export interface Scheduler {
  /** Calls `callback` once, `delayMs` from now, in a macrotask of its own. A timer alone does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer;
  /** Resolves in a later macrotask, after pending I/O and timers had their turn. Promises alone starve timers. */
  yield(): Promise<void>;
  /** Keeps the process alive until the returned hold is cancelled. */
  hold(): Timer;
}
