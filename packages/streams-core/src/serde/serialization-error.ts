import { MillraceError } from "@millrace/kernel";

/** Bytes that are not what the serde writes, or a value it cannot write. Kafka's SerializationException. */
export class SerializationError extends MillraceError {
  readonly code = "MILLRACE_SERIALIZATION";
  /** Name of the serde, e.g. `long`. */
  readonly serde: string;
  /** Null where the serde was not told. */
  readonly topic: string | null;

  constructor(problem: { serde: string; topic: string | null; what: string }, options?: ErrorOptions) {
    const where = problem.topic === null ? "" : ` (topic ${problem.topic})`;
    super(`Serde ${problem.serde}${where}: ${problem.what}`, options);
    this.serde = problem.serde;
    this.topic = problem.topic;
  }
}

/** The error of a value of another type than the serde's. */
export function wrongValue(serde: string, topic: string, expected: string, value: unknown): SerializationError {
  const fix = "give the operator or the topic the serde of what it really carries.";
  return new SerializationError({ serde, topic, what: `expected ${expected}, got ${shown(value)}; ${fix}` });
}

/** The error of bytes that have another length than the serde's. */
export function wrongLength(serde: string, topic: string | null, expected: number, actual: number): SerializationError {
  const fix = "the topic was written with another serde, or the record is corrupt.";
  return new SerializationError({ serde, topic, what: `expected ${expected} bytes, got ${actual}; ${fix}` });
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "an object";
  return `${typeof value} ${String(value)}`;
}
