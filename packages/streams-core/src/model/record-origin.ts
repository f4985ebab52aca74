import type { RecordContext } from "./context.js";

/** The bytes of a source record, for error handlers (R21). Read on demand only. */
export interface SourceBytes {
  rawKey(): Uint8Array | null;
  rawValue(): Uint8Array | null;
}

/** Where a record came from, kept while it waits. */
export interface RecordOrigin extends RecordContext {
  /** Absent or null: its bytes are not known any more. */
  readonly source?: SourceBytes | null;
}
