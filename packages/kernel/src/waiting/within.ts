import type { Scheduler } from "../scheduler.js";

/** What `within` gives when time is up. */
export const timedOut: unique symbol = Symbol("timed out");

/** Settles as `promise` does, or gives `timedOut` after `ms` milliseconds. The work behind `promise` goes on. */
export function within<T>(scheduler: Scheduler, ms: number, promise: Promise<T>): Promise<T | typeof timedOut> {
  return new Promise((resolve, reject) => {
    const timer = scheduler.after(ms, () => resolve(timedOut));
    promise.then(resolve, reject).finally(() => timer.cancel());
  });
}
