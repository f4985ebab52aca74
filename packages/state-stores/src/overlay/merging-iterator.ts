import type { StoreEntry, StoreIterator, StoreKey } from "../contract/index.js";
import type { RowCursor } from "./row-cursor.js";

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Told when an iterator ends, however it ends. */
export interface IteratorOwner {
  closed(iterator: MergingIterator): void;
}

/**
 * Merges cursors that walk the same range in the same direction. Where several have a key, the first cursor's row
 * counts; a tombstone hides the key.
 */
export class MergingIterator implements StoreIterator {
  readonly #cursors: readonly RowCursor[];
  readonly #reverse: boolean;
  readonly #owner: IteratorOwner;
  #open = true;
  /** Cursors still stand on the row given last: the next one may cost a trip to the disk, and may never be asked for. */
  #lastKey: StoreKey | null = null;

  /** `cursors` from newest to oldest. */
  constructor(cursors: readonly RowCursor[], reverse: boolean, owner: IteratorOwner) {
    this.#cursors = cursors;
    this.#reverse = reverse;
    this.#owner = owner;
  }

  next(): IteratorResult<StoreEntry, undefined> {
    while (this.#open) {
      this.#advancePastLast();
      const first = this.#first();
      if (first === null) break;
      const key = first.key as StoreKey;
      this.#lastKey = key;
      if (first.value !== null) return { done: false, value: { key, value: first.value } };
    }
    this.close();
    return DONE;
  }

  return(): IteratorResult<StoreEntry, undefined> {
    this.close();
    return DONE;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const cursor of this.#cursors) cursor.close();
    this.#owner.closed(this);
  }

  [Symbol.iterator](): this {
    return this;
  }

  #advancePastLast(): void {
    const key = this.#lastKey;
    if (key === null) return;
    this.#lastKey = null;
    try {
      for (const cursor of this.#cursors) if (cursor.key === key) cursor.advance();
    } catch (error) {
      // A `for…of` does not call `return()` when `next()` throws.
      this.close();
      throw error;
    }
  }

  /** The cursor with the next key; of several with the same key, the newest. Null at the end. */
  #first(): RowCursor | null {
    let first: RowCursor | null = null;
    for (const cursor of this.#cursors) {
      if (cursor.key === null) continue;
      if (first === null || this.#isBefore(cursor.key, first.key as StoreKey)) first = cursor;
    }
    return first;
  }

  #isBefore(key: StoreKey, other: StoreKey): boolean {
    return this.#reverse ? key > other : key < other;
  }
}
