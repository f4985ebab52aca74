import type { RecordCursor } from "@millrace/kafka-client";
import type { BytesStore, RestoredRows } from "@millrace/state-stores";
import type { StateStore } from "../model/index.js";
import type { ChangelogWriter } from "./changelog-writer.js";
import type { CurrentRecord } from "./current-record.js";
import type { StoreReads, StoreWatcher } from "./reads/store-reads.js";
import type { RecordCache } from "./record-cache.js";

/** What a store needs of the task it lives in. */
export interface StoreContext {
  readonly rows: BytesStore;
  /** Topic name that serdes see: the real name of the changelog. */
  readonly topic: string;
  /** Null: not logged. */
  readonly changelog: ChangelogWriter | null;
  readonly cache: RecordCache;
  readonly current: CurrentRecord;
  /** Whether the engine outlives the process. */
  readonly persistent: boolean;
  /** Told when a window, session or versioned store refuses a row for its age (W2), to count it as dropped. Default: nobody. */
  readonly onRefused?: () => void;
}

/** A store at work. */
export interface OpenStore {
  readonly store: StateStore;
  /** True when there is something that `flush` would hand on or keep. */
  readonly dirty: boolean;
  flush(): void;
  /** For those outside of the task. Not where an operator keeps what is no table: there is nothing to read there. */
  readonly reads?: StoreReads;
  /** Has `watcher` told of each write from now on; null: nobody. Of rows with a history, of those that are the latest. */
  watch?(watcher: StoreWatcher | null): void;
  /** Adds the row that a changelog record stands for, if any. Copies. */
  addRow(record: RecordCursor, rows: RestoredRows): void;
}
