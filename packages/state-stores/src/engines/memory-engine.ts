import type { KeyRange, StoreKey } from "../contract/index.js";
import { RowMap } from "../overlay/row-map.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { type CommitMark, type Engine, type EngineBatch, type EngineTable, NO_MARK } from "./engine.js";

class MemoryTable implements EngineTable {
  readonly rows = new RowMap();

  get(key: StoreKey): Uint8Array | null {
    return this.rows.find(key)?.value ?? null;
  }

  cursor(range: KeyRange): RowCursor {
    return this.rows.cursor(range);
  }

  count(): number {
    return this.rows.size;
  }

  apply(key: StoreKey, value: Uint8Array | null): void {
    if (value === null) this.rows.remove(key);
    else this.rows.set(key, value);
  }
}

/** Committed state of one task on the heap. A batch is applied in one go, before `write` returns. */
export class MemoryEngine implements Engine {
  readonly kind = "memory";
  readonly countProbes = Number.POSITIVE_INFINITY;
  readonly #tables = new Map<string, MemoryTable>();
  #mark: CommitMark = NO_MARK;

  get mark(): CommitMark {
    return this.#mark;
  }

  table(store: string): MemoryTable {
    let table = this.#tables.get(store);
    if (table === undefined) {
      table = new MemoryTable();
      this.#tables.set(store, table);
    }
    return table;
  }

  write(batch: EngineBatch): Promise<void> {
    for (const { store, rows } of batch.parts) {
      const table = this.table(store);
      for (const [key, value] of rows.entries()) table.apply(key, value);
    }
    this.#mark = batch.mark;
    return Promise.resolve();
  }

  wipe(): Promise<void> {
    // Tables are handed out once and kept by their stores, so they are emptied, not replaced.
    for (const table of this.#tables.values()) table.rows.clear();
    this.#mark = NO_MARK;
    return Promise.resolve();
  }

  /** Keeps the rows: whoever opens the task again on the same backend finds them. */
  close(): Promise<void> {
    return Promise.resolve();
  }
}
