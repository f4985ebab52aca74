type Signal = "SIGINT" | "SIGTERM";
const signals: readonly Signal[] = ["SIGINT", "SIGTERM"];

/**
 * On SIGINT or SIGTERM calls `close` once, waits for it, and raises the signal again, so that the process ends as it
 * would have without a handler. A second signal ends it at once. Returns how to stop listening.
 */
export function closeOnSignals(close: () => Promise<unknown>): () => void {
  const stop = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
  };
  const onSignal = (signal: Signal): void => {
    stop();
    const raise = (): void => {
      process.kill(process.pid, signal);
    };
    close().then(raise, raise);
  };
  for (const signal of signals) process.on(signal, onSignal);
  return stop;
}
