import type { Headers } from "./headers.js";

/** What a handler sees of the record that failed. Raw bytes are those of the source record. */
export interface ErrorContext {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly rawKey: Uint8Array | null;
  readonly rawValue: Uint8Array | null;
  /** The processor that threw, or the source that could not read. */
  readonly nodeName: string;
  readonly taskId: string;
}

/** `continue` drops the record, counted and logged; `fail` stops the task with the error. */
export type ErrorVerdict = "continue" | "fail";

/** Chosen by the user for each place where a record can fail (R19). */
export interface ErrorHandlers {
  /** A source record whose bytes the serde cannot read. Default: fail. */
  readonly deserialization: (context: ErrorContext, error: unknown) => ErrorVerdict;
  /** User code that threw while processing (KIP-1033). Default: fail. */
  readonly processing: (context: ErrorContext, error: unknown) => ErrorVerdict;
  /** A record that could not be serialised or sent. Default: fail. */
  readonly production: (context: ErrorContext, error: unknown) => ErrorVerdict;
}

export const failOnError = (): ErrorVerdict => "fail";
export const continueOnError = (): ErrorVerdict => "continue";
