import { persistently } from "../group/coordinator.js";
import type { ConnectionSettings } from "../kafka-options.js";
import type { Transport } from "../transport/transport.js";

/** Tries `attempt` again for `apiTimeoutMs` while it fails with what may pass; then throws the last failure. */
export function withinApiTime<T>(
  transport: Transport,
  { environment, apiTimeoutMs }: ConnectionSettings,
  attempt: () => Promise<T>,
): Promise<T> {
  const deadlineMs = environment.clock.monotonicMs() + apiTimeoutMs;
  return persistently(attempt, { environment, signal: transport.closed, deadlineMs });
}
