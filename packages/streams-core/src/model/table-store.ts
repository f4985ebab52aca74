import type { ProcessorContext } from "./context.js";
import type { Headers } from "./headers.js";
import type { StateStore, StoreRangeIterator, ValueAndTimestamp } from "./state-store.js";
import type { SessionStore, WindowStore } from "./window-stores.js";
import type { Windowed } from "./windowed.js";

/** Called when a cached store hands on what it holds: once per key and flush, with the last value and the one before the first. */
export type FlushListener<K, V> = (
  key: K,
  newValue: V | null,
  oldValue: V | null,
  timestamp: number,
  headers: Headers,
) => void;

/** The face of a materialised table's or aggregate's store that operators use. */
export interface TableStore<K, V> extends StateStore {
  /** Decoded afresh: the caller may keep it as the old value while user code makes a new one. */
  fetch(key: K): ValueAndTimestamp<V> | null;
  /** Gives what `put` of a versioned store gives; {@link putIsLatest} from every other store. */
  write(key: K, value: V | null, timestamp: number): number;
  /**
   * Cached store: takes the listener, gives true, and updates go downstream at flush or eviction. Uncached: gives
   * false, and the operator forwards each update itself.
   */
  onFlush(listener: FlushListener<K, V>, sendOldValues: boolean): boolean;
}

/** The face of a windowed aggregate's store that operators use. `get(key, startMs)` decodes afresh, as {@link TableStore.fetch} does. */
export interface WindowTableStore<K, V> extends WindowStore<K, ValueAndTimestamp<V>> {
  /** `value` null deletes. A row too old is refused and counted as dropped (W2), with a cache when it is flushed. */
  write(key: K, startMs: number, value: V | null, timestamp: number): void;
  /** As {@link TableStore.onFlush}; a window's end is its start plus the store's `windowSizeMs`. */
  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean;
}

/** The face of a session aggregate's store that operators use. Its rows have no timestamps: listeners get the record's. */
export interface SessionTableStore<K, V> extends SessionStore<K, V> {
  /**
   * Sessions that end within, both inclusive, by end and start, of a store without a cache: what emit on close goes
   * through (W5). As in Kafka Streams, those that have expired are there as long as their segment is.
   */
  sessionsEnding(fromMs: number, toMs: number): StoreRangeIterator<Windowed<K>, V>;
  /** As {@link TableStore.onFlush}. */
  onFlush(listener: FlushListener<Windowed<K>, V>, sendOldValues: boolean): boolean;
}

/** Looks up rows of a table, materialised or computed from its parent (B3). */
export interface TableView<K, V> {
  /** Whether the rows have a history, so that `getAsOf` can be asked. */
  readonly versioned: boolean;
  get(key: K): ValueAndTimestamp<V> | null;
  /** The row as it was at that time, inclusive (J17). Throws StreamsError for a table without history. */
  getAsOf(key: K, asOfMs: number): ValueAndTimestamp<V> | null;
}

/** Opens the view inside a task; `stores` must be connected to the node that uses it. */
export interface TableViewSupplier<K = unknown, V = unknown> {
  readonly stores: readonly string[];
  open(context: ProcessorContext): TableView<K, V>;
}
