import type { Scheduler, Timer } from "../scheduler.js";

/** Node fires a longer timer at once; longer delays are waited for in legs. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const HOLD_INTERVAL_MS = 2 ** 30;

class SystemTimer implements Timer {
  #handle: NodeJS.Timeout;

  constructor(delayMs: number, callback: () => void) {
    this.#handle = this.#arm(delayMs, callback);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #arm(delayMs: number, callback: () => void): NodeJS.Timeout {
    const next = (): void => {
      this.#handle = this.#arm(delayMs - LONGEST_TIMER_MS, callback);
    };
    const handle = delayMs > LONGEST_TIMER_MS ? setTimeout(next, LONGEST_TIMER_MS) : setTimeout(callback, delayMs);
    return handle.unref();
  }
}

/** Node's event loop. Timers do not keep the process alive; a `hold()` does. */
export const systemScheduler: Scheduler = {
  after: (delayMs, callback) => new SystemTimer(Math.max(0, delayMs), callback),
  yield: () => new Promise((resolve) => setImmediate(resolve)),
  hold() {
    const handle = setInterval(() => {}, HOLD_INTERVAL_MS);
    return { cancel: () => clearInterval(handle) };
  },
};
