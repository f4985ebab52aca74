import type { ChangelogOffsets, KeyRange, StateStamp, StoreKey } from "../contract/index.js";
import type { RowCursor } from "../overlay/row-cursor.js";

/** Committed rows of one store. */
export interface EngineTable {
  get(key: StoreKey): Uint8Array | null;
  /** A cursor on the rows as they are now; later batches do not disturb it. */
  cursor(range: KeyRange): RowCursor;
  /** About how many rows there are from `floor` on; null: in all. */
  count(floor: StoreKey | null): number;
}

/** Rows to write: those of an overlay, or those read from a changelog. */
export interface RowSource {
  readonly size: number;
  /** What the engine has before this key is dropped first; null: nothing is. */
  readonly floor: StoreKey | null;
  /** Rows in the order in which they are to be applied: all of them, or the first of each `stride`. */
  entries(stride?: number): Iterable<readonly [key: StoreKey, value: Uint8Array | null]>;
}

/** Rows for one store; null values delete. */
export interface BatchPart {
  readonly store: string;
  readonly rows: RowSource;
}

/** What is kept beside the rows. */
export interface CommitMark {
  readonly offsets: ChangelogOffsets;
  readonly stamp: StateStamp | null;
}

/** All or nothing: parts in order, then the mark. */
export interface EngineBatch {
  readonly parts: readonly BatchPart[];
  readonly mark: CommitMark;
}

/** Committed state of one task. Batches come one at a time. */
export interface Engine {
  /** At most how many keys may be looked up to estimate a count. */
  readonly countProbes: number;
  /** The same object on each call. */
  table(store: string): EngineTable;
  /** The mark of the last batch written. */
  readonly mark: CommitMark;
  write(batch: EngineBatch): Promise<void>;
  wipe(): Promise<void>;
  close(): Promise<void>;
}

/** The mark of state that does not exist yet. */
export const NO_MARK: CommitMark = { offsets: new Map(), stamp: null };
