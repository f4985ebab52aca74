import type { Headers } from "./headers.js";
import type { StreamRecord } from "./record.js";
import type { StateStore } from "./state-store.js";

/** Where the record being processed came from. Valid during the callback only: the engine reuses the object. */
export interface RecordContext {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly headers: Headers;
}

/** Topic, partition and offset of the record being processed. */
export interface RecordMetadata {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type PunctuationType = "stream-time" | "wall-clock";

export interface PunctuationOptions {
  readonly intervalMs: number;
  readonly type: PunctuationType;
  /** Anchors the schedule (KIP-1146): fires at `startMs + n * intervalMs`. Without it: stream time is aligned to 0 and fires first on the first record, wall clock one interval from now. */
  readonly startMs?: number;
}

export interface Cancellable {
  cancel(): void;
}

/** What a processor may do. Handed to `init`. */
export interface ProcessorContext<KOut = unknown, VOut = unknown> {
  readonly applicationId: string;
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string;
  /** Hands a record to all children, or to the named one, before it returns. */
  forward<K extends KOut, V extends VOut>(record: StreamRecord<K, V>, childName?: string): void;
  /** Calls `callback` with the time that fired it; see rule P1 for when. */
  schedule(options: PunctuationOptions, callback: (timestampMs: number) => void): Cancellable;
  /** Asks for a commit soon; returns at once. */
  commit(): void;
  /** Null outside of `process`, such as in a punctuator. */
  recordMetadata(): RecordMetadata | null;
  /** Greatest timestamp this task has seen; -1 before the first record. */
  currentStreamTimeMs(): number;
  currentSystemTimeMs(): number;
  /** Throws for a store that was not connected to this processor. */
  getStateStore<S extends StateStore>(name: string): S;
}

/** The context of a processor that cannot change keys (KIP-820). */
export interface FixedKeyProcessorContext<K = unknown, VOut = unknown> extends Omit<
  ProcessorContext<K, VOut>,
  "forward"
> {
  /** The record's key must be the one it came with; throws otherwise. */
  forward<V extends VOut>(record: StreamRecord<K, V>, childName?: string): void;
}
