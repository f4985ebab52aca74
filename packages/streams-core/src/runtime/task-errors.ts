import { ClientError } from "@millrace/kafka-client";
import { StateClosedError, StateCorruptedError, StateWriteError } from "@millrace/state-stores";
import { StreamsError, unpreparedError, type ErrorContext } from "../model/index.js";

const place = ({ topic, partition, offset }: ErrorContext): string =>
  topic === "" ? "outside of a record" : `at ${topic}-${partition} offset ${offset}`;

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** A source record could not be read and the deserialization handler chose to fail (R19). */
export class DeserializationError extends StreamsError {
  override readonly code = "MILLRACE_DESERIALIZATION";
  readonly context: ErrorContext;
  constructor(context: ErrorContext, cause: unknown) {
    super(
      `Source ${context.nodeName} cannot read the record ${place(context)}: ${textOf(cause)}. ` +
        `Correct the source's serdes, or skip such records with the deserialization error handler.`,
      { cause },
    );
    this.context = context;
  }
}

/** User code threw and the processing handler chose to fail (R19, KIP-1033). */
export class ProcessingError extends StreamsError {
  override readonly code = "MILLRACE_PROCESSING";
  readonly context: ErrorContext;
  constructor(context: ErrorContext, cause: unknown) {
    super(
      `Processor ${context.nodeName} of task ${context.taskId} failed ${place(context)}: ${textOf(cause)}. ` +
        `Correct it, or skip such records with the processing error handler.`,
      { cause },
    );
    this.context = context;
  }
}

/** A record could not be serialised or sent and the production handler chose to fail (R19). */
export class ProductionError extends StreamsError {
  override readonly code = "MILLRACE_PRODUCTION";
  readonly context: ErrorContext;
  constructor(context: ErrorContext, target: string, cause: unknown) {
    super(
      `${context.nodeName === "" ? "The producer" : `Node ${context.nodeName} of task ${context.taskId}`} cannot write to ${target} ${place(context)}: ${textOf(cause)}. ` +
        `Correct the serdes, the record or the topic, or skip such records with the production error handler.`,
      { cause },
    );
    this.context = context;
  }
}

/** Something outside of record processing failed for good: an extractor, a handler, a processor's init. */
export class TaskError extends StreamsError {
  override readonly code = "MILLRACE_TASK";
}

/** True for errors that no processing handler may swallow: those that have been through a handler, those of client and state, and those that waiting repairs. */
export function isFinal(error: unknown): boolean {
  return (
    error instanceof ProcessingError ||
    error instanceof ProductionError ||
    error instanceof DeserializationError ||
    error instanceof TaskError ||
    error instanceof ClientError ||
    error instanceof StateWriteError ||
    error instanceof StateClosedError ||
    error instanceof StateCorruptedError ||
    unpreparedError(error) !== null
  );
}
