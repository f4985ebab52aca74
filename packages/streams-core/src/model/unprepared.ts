/**
 * What a serde throws that has to learn something elsewhere before it can go on, such as a schema by its id. Whoever can wait
 * awaits `prepareSerde()` and tries the same again: apps do, and the test driver's `idle()`.
 */
export interface UnpreparedError extends Error {
  /** Learns what is missing. Rejects with a RetriableError where that may go better later. */
  prepareSerde(): Promise<void>;
}

/** The error, if it is one that waiting repairs. */
export function unpreparedError(error: unknown): UnpreparedError | null {
  return error instanceof Error && typeof (error as Partial<UnpreparedError>).prepareSerde === "function"
    ? (error as UnpreparedError)
    : null;
}
