import type { BytesStore } from "./bytes-store.js";
import type { RestoredRows } from "../restoring/restored-rows.js";

/** What is written beside the rows of a commit, in the same atomic batch. */
export interface StateStamp {
  readonly clusterId: string;
  readonly committedAtMs: number;
  /** What the owner wants to find again, such as a version or topic ids; small. */
  readonly notes?: Readonly<Record<string, string>>;
}

/** Position per changelog partition, keyed `topic-partition`: every record before it is in the rows. */
export type ChangelogOffsets = ReadonlyMap<string, number>;

/**
 * All state of one task: its stores, in one database, so that one batch commits them together.
 * Reads go overlay (running transaction) -> frozen overlay (being written) -> engine.
 */
export interface TaskState {
  readonly engine: "memory" | "leveldb";
  /** The named store; the same object on each call. */
  store(name: string): BytesStore;
  /** Offsets of the last committed batch; empty when there is no state yet. */
  offsets(): ChangelogOffsets;
  /** Stamp of the last committed batch; null when there is no state yet. */
  stamp(): StateStamp | null;
  /** Bytes held by the running transaction's overlay. */
  readonly overlayBytes: number;
  /** Overlay becomes the frozen one; a new empty one takes its place. Throws when one is frozen already. */
  freeze(): void;
  readonly frozen: boolean;
  /** Writes the frozen rows, `offsets` (merged over the old ones) and `stamp` in one atomic batch, then drops the frozen overlay. */
  commitFrozen(offsets: ChangelogOffsets, stamp: StateStamp): Promise<void>;
  /** Drops overlay and frozen overlay: the abort of a transaction. Open iterators stay valid on what they saw. */
  discard(): void;
  /** Applies rows read from a changelog directly, with the position reached, in one atomic batch. `rows` are the state's from here on. */
  restore(store: string, rows: RestoredRows, changelog: string, offset: number): Promise<void>;
  /** Writes the running overlay's rows without offsets (at-least-once only), to bound memory. */
  spill(): Promise<void>;
  /** Deletes everything, offsets and stamp included. */
  wipe(): Promise<void>;
  readonly openIterators: number;
  /** Closes without committing. Awaits a batch being written. */
  close(): Promise<void>;
}

/** Makes and finds the state of tasks. One per app instance; holds the directory lock. */
export interface StateBackend {
  readonly engine: "memory" | "leveldb";
  /** Opens (creating it) the state of `taskId`, such as `0_3`. Throws when it is open already. */
  open(taskId: string): Promise<TaskState>;
  /** Tasks that have state here, open or not, sorted. */
  tasks(): Promise<readonly string[]>;
  /** Deletes the state of a task that is not open. */
  remove(taskId: string): Promise<void>;
  /** A random id kept with the state: the same after a restart on the same directory. */
  readonly instanceId: string;
  /** Closes all and releases the lock. */
  close(): Promise<void>;
}
