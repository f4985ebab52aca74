import type { KeyRange } from "../contract/index.js";
import type { RestoredRow } from "./rows.js";
import { inRange } from "../keys/key-range.js";

type Rows = Map<string, Uint8Array>;

/** What task state should be, said as simply as possible: whole copies of all rows, one for each layer. */
export class StateModel {
  #committed = new Map<string, Rows>();
  #frozen: Map<string, Rows> | null = null;
  #running = new Map<string, Rows>();
  #offsets = new Map<string, number>();
  #stampMs: number | null = null;

  get frozen(): boolean {
    return this.#frozen !== null;
  }

  get(store: string, key: string): Uint8Array | null {
    return this.#running.get(store)?.get(key) ?? null;
  }

  put(store: string, key: string, value: Uint8Array | null): void {
    apply(this.#running, store, key, value);
  }

  /** Deletes rows before `to`. */
  dropBelow(store: string, to: string): void {
    for (const key of [...(this.#running.get(store)?.keys() ?? [])]) if (key < to) this.put(store, key, null);
  }

  rows(store: string, range: KeyRange): [string, Uint8Array][] {
    const rows = [...(this.#running.get(store) ?? [])].filter(([key]) => inRange(key, range));
    rows.sort(([left], [right]) => (left < right ? -1 : 1));
    return range.reverse ? rows.reverse() : rows;
  }

  count(store: string): number {
    return this.#running.get(store)?.size ?? 0;
  }

  freeze(): void {
    this.#frozen = copy(this.#running);
  }

  commit(changelog: string, offset: number): void {
    this.#committed = this.#frozen ?? this.#committed;
    this.#frozen = null;
    this.#offsets.set(changelog, offset);
    this.#stampMs = offset;
  }

  discard(): void {
    this.#frozen = null;
    this.#running = copy(this.#committed);
  }

  /** Only what runs is spilled together with what is frozen, so both become committed. */
  spill(): void {
    this.#committed = copy(this.#running);
    if (this.#frozen !== null) this.#frozen = copy(this.#running);
  }

  /** Only with empty overlays. */
  restore(store: string, rows: readonly RestoredRow[], changelog: string, offset: number): void {
    for (const { key, value } of rows) {
      apply(this.#committed, store, key, value);
      apply(this.#running, store, key, value);
    }
    this.#offsets.set(changelog, offset);
  }

  wipe(): void {
    this.#committed = new Map();
    this.#running = new Map();
    this.#frozen = null;
    this.#offsets = new Map();
    this.#stampMs = null;
  }

  offsets(): Record<string, number> {
    return Object.fromEntries(this.#offsets);
  }

  stampMs(): number | null {
    return this.#stampMs;
  }
}

const apply = (stores: Map<string, Rows>, store: string, key: string, value: Uint8Array | null): void => {
  const rows = stores.get(store) ?? new Map<string, Uint8Array>();
  stores.set(store, rows);
  if (value === null) rows.delete(key);
  else rows.set(key, value);
};

const copy = (stores: Map<string, Rows>): Map<string, Rows> =>
  new Map([...stores].map(([store, rows]) => [store, new Map(rows)]));
