import type { StoreKey } from "@millrace/state-stores";
import type { CacheEntry, EntryGroup } from "../cache-entry.js";
import type { HeldEntries } from "../held-entries.js";
import type { RowLayout } from "./row-layout.js";
import type { SegmentedRows } from "./segmented-rows.js";

/** The cached rows of one window, by key. */
export class OpenWindow implements EntryGroup {
  readonly startMs: number;
  readonly rows = new Map<StoreKey, CacheEntry>();
  /** What is not here is not in the engine either: rows of this window were never put there, or are all here still. */
  complete: boolean;

  constructor(startMs: number, complete: boolean) {
    this.startMs = startMs;
    this.complete = complete;
  }
}

/**
 * Cached rows by window, then by key: neither reading nor writing an open window makes a store key, and most reads of
 * a key that is new to a window need not ask the engine. Only for stores that have one row for each key and time.
 */
export class WindowEntries implements HeldEntries {
  private readonly layout: RowLayout;
  private readonly stored: SegmentedRows;
  private readonly windows = new Map<number, OpenWindow>();
  private last: OpenWindow | null = null;

  constructor(layout: RowLayout, stored: SegmentedRows) {
    this.layout = layout;
    this.stored = stored;
  }

  /** The window that starts then; undefined when no row of it is held. */
  peek(startMs: number): OpenWindow | undefined {
    return this.last?.startMs === startMs ? this.last : this.windows.get(startMs);
  }

  /** The window that starts then, for a row to be added; made when there is none. */
  at(startMs: number): OpenWindow {
    if (this.last?.startMs === startMs) return this.last;
    let window = this.windows.get(startMs);
    if (window === undefined) {
      window = new OpenWindow(startMs, this.stored.hasNone(startMs));
      this.windows.set(startMs, window);
    }
    this.last = window;
    return window;
  }

  /** Rows come into the engine past the cache. */
  storedElsewhere(): void {
    for (const window of this.windows.values()) window.complete = false;
  }

  find(storeKey: StoreKey): CacheEntry | undefined {
    return this.windows.get(this.layout.timeOf(storeKey))?.rows.get(this.layout.keyOf(storeKey));
  }

  /** The row says itself where it belongs. */
  add(entry: CacheEntry): void {
    entry.group!.rows.set(entry.rowKey, entry);
  }

  remove(entry: CacheEntry): void {
    const window = entry.group as OpenWindow;
    window.rows.delete(entry.rowKey);
    window.complete = false;
    if (window.rows.size > 0) return;
    this.windows.delete(window.startMs);
    if (this.last === window) this.last = null;
  }

  *all(): Iterable<CacheEntry> {
    for (const { rows } of this.windows.values()) yield* rows.values();
  }
}
