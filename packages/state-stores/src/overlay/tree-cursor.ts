import type { KeyRange, StoreKey } from "../contract/index.js";
import type { RowCursor } from "./row-cursor.js";
import type { SortedTree } from "./sorted-tree.js";

type Row = [StoreKey, Uint8Array | null];

/** Walks one version of a tree in either direction. */
export class TreeCursor implements RowCursor {
  key: StoreKey | null = null;
  value: Uint8Array | null = null;
  #rows: IterableIterator<Row> | null;
  /** Exclusive when going up, inclusive when going down. */
  readonly #end: StoreKey | null;
  readonly #reverse: boolean;

  constructor(tree: SortedTree, range: KeyRange) {
    this.#reverse = range.reverse;
    this.#end = range.reverse ? range.from : range.to;
    // One array is reused for all rows of the walk.
    const row: Row = ["", null];
    this.#rows = range.reverse
      ? tree.entriesReversed(range.to ?? undefined, row, true)
      : tree.entries(range.from ?? undefined, row);
    this.advance();
  }

  advance(): void {
    const result = this.#rows?.next();
    if (result === undefined || result.done === true || this.#isPast(result.value[0])) {
      this.close();
      return;
    }
    this.key = result.value[0];
    this.value = result.value[1];
  }

  close(): void {
    this.#rows = null;
    this.key = null;
    this.value = null;
  }

  #isPast(key: StoreKey): boolean {
    if (this.#end === null) return false;
    return this.#reverse ? key < this.#end : key >= this.#end;
  }
}
