import type { Headers } from "./headers.js";

/** What a handler sees of the record that failed (R21). Raw bytes are those of the source record, valid during the call. */
export interface ErrorContext {
  /** Source topic; empty outside of a record: in a punctuator, or while a cache is flushed. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: Headers;
  readonly rawKey: Uint8Array | null;
  readonly rawValue: Uint8Array | null;
  /** The processor that threw, the source that could not read, or the sink or store that could not write. */
  readonly nodeName: string;
  readonly taskId: string;
}

/** A record that could not be written, and where it came from. */
export interface ProductionErrorContext extends ErrorContext {
  /** Real name of the topic it was for. */
  readonly targetTopic: string;
  /** -1: not chosen yet. */
  readonly targetPartition: number;
  /**
   * What failed: a serde, or the sending. What the cluster refuses after the record has been handed over is told
   * for a batch, without its source: then `topic` and `nodeName` are empty.
   */
  readonly failed: "serialize-key" | "serialize-value" | "send";
  /** How many records it is about; more than one where a batch was refused. */
  readonly records: number;
  /** It may go well when tried again: "retry" makes sense. */
  readonly retriable: boolean;
}

/** `continue` drops the record, counted and logged; `fail` stops the task with the error. */
export type ErrorVerdict = "continue" | "fail";

/** `retry` begins anew from the last commit; where trying again cannot help it is taken as `fail`. */
export type ProductionVerdict = ErrorVerdict | "retry";

/** A record for a dead-letter topic, as bytes. */
export interface DeadLetter {
  readonly topic: string;
  /** Default: chosen by the key, as by a sink. */
  readonly partition?: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Milliseconds since the epoch; -1: the time of sending. */
  readonly timestamp: number;
  readonly headers: Headers;
}

/** A verdict with dead letters of the handler's own, which take the place of that for `deadLetterTopic`. */
export interface ErrorAnswer<V> {
  readonly verdict: V;
  readonly deadLetters: readonly DeadLetter[];
}

type Handle<C, V> = (context: C, error: unknown) => V | ErrorAnswer<V>;

/** A function, or an object with one. What it throws stops the task (R20). */
export type ErrorHandler<C extends ErrorContext = ErrorContext, V = ErrorVerdict> =
  Handle<C, V> | { readonly handle: Handle<C, V> };

/** Chosen by the user for each place where a record can fail (R19). */
export interface ErrorHandlers {
  /** A source record whose bytes the serde cannot read. Default: fail. */
  readonly deserialization?: ErrorHandler;
  /** User code that threw while processing (KIP-1033). Default: fail. */
  readonly processing?: ErrorHandler;
  /** A record that could not be serialised or sent. Default: retry what may go well when tried again, else fail (KIP-1065). */
  readonly production?: ErrorHandler<ProductionErrorContext, ProductionVerdict>;
  /**
   * Each record that fails also goes there, as it was read, with headers that say why (KIP-1034): within the
   * transaction, whatever the verdict. It must exist. Default: none.
   */
  readonly deadLetterTopic?: string;
  /** True: the processing handler is asked about processors of global stores, too (KIP-1270). Default false: they fail. */
  readonly processingOfGlobalStores?: boolean;
}

/** Stops the task. */
export const failOnError = (): "fail" => "fail";

/** Drops the record, which is counted, and logged once a second at most. */
export const logAndContinue = (): "continue" => "continue";
