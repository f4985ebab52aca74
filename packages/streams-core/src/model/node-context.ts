import type { ProcessorContext, RecordContext } from "./context.js";
import type { StreamRecord } from "./record.js";

/** What the engine's own operators see beyond the public context. */
export interface NodeContext extends ProcessorContext<unknown, unknown> {
  /** The node's own name, for messages. */
  readonly nodeName: string;
  /** The record being processed: place of the source record, timestamp and headers of the record last forwarded. Reused. */
  readonly recordContext: RecordContext;
  /** Counts a dropped record (T7) and warns, at most once a second per node. */
  dropRecord(reason: string): void;
  /** Logs a warning, at most once a second per node. */
  warn(message: string): void;
  /** `forward` without the type dance, to all children. The hot path. */
  emit(record: StreamRecord<unknown, unknown>): void;
}
