import type { AsyncWork } from "./async-work.js";
import type { ProcessorContext, RecordContext } from "./context.js";
import type { RecordOrigin } from "./record-origin.js";
import type { StreamRecord } from "./record.js";

/** A time that an operator keeps with the committed offsets (T3); -1: none yet. Its owner writes it, and never turns it back. */
export interface KeptTime {
  timeMs: number;
}

/** What the engine's own operators see beyond the public context. */
export interface NodeContext extends ProcessorContext<unknown, unknown> {
  /** The node's own name, for messages. */
  readonly nodeName: string;
  /** The record being processed: place of the source record, timestamp and headers of the record last forwarded. Reused. */
  readonly recordContext: RecordContext;
  /** Counts a dropped record (T7) and warns, at most once a second per node. */
  dropRecord(reason: string): void;
  /**
   * The time kept under the name, for good: what is written to it is committed with the offsets. What was committed in an
   * earlier life of the task is there from the first record on, not in `init` yet.
   */
  keptTime(name: string): KeptTime;
  /** The time kept under the name, by this life of the task or with the offsets it began from (T3); null if there is none. Not known yet in `init`. */
  keptTimeMs(name: string): number | null;
  /** Keeps a time with the offsets committed from now on. It only grows. */
  keepTimeMs(name: string, timeMs: number): void;
  /** Logs a warning, at most once a second per node. */
  warn(message: string): void;
  /** `forward` without the type dance, to all children. The hot path. */
  emit(record: StreamRecord<unknown, unknown>): void;
  /** `emit` of a record that has waited: those downstream see topic, partition and offset of `origin`, where it came from. */
  emitFrom(origin: RecordOrigin, record: StreamRecord<unknown, unknown>): void;
  /** Where the record being processed came from, copied so that it outlives the call. */
  origin(): RecordOrigin;
  /** User code failed for a record that came from `origin`: asks the processing handler. Returns when it is dropped. */
  failFrom(origin: RecordOrigin, error: unknown): void;
  /** For work that goes on after `process` has returned; ask for it in `init`. */
  asyncWork(): AsyncWork;
}
