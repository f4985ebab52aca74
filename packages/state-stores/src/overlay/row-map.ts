import type { KeyRange, StoreKey } from "../contract/index.js";
import type { RowCursor } from "./row-cursor.js";
import { type SortedTree, sortedTree } from "./sorted-tree.js";
import { TreeCursor } from "./tree-cursor.js";

/** What a row costs beside its key and value: the entry, its map slot and the headers of key and value. */
const ROW_OVERHEAD_BYTES = 96;

/** The current value of a key; null is a tombstone. Valid until the next write of the map. */
export interface RowEntry {
  readonly value: Uint8Array | null;
}

interface MutableEntry {
  value: Uint8Array | null;
}

const sizeOf = (value: Uint8Array | null): number => (value === null ? 0 : value.byteLength);

/** Fewer rows are not worth looking for those among them that were dropped. */
const LIMIT_MIN = 16_384;

/** A tree is kept up to date for so many writes at least. */
const TREE_WRITES_MIN = 1_000;

/**
 * Rows of one store in memory. Point reads and writes go to a hash map (2.5 times the speed of a tree); the sorted tree
 * is built when somebody asks for a cursor and kept up to date until so much was written without anybody asking that
 * building it anew costs less. A cursor holds a version of the tree, so later writes do not disturb it.
 */
export class RowMap {
  #entries = new Map<StoreKey, MutableEntry>();
  #tree: SortedTree | null = null;
  /** Rows that went into the tree since somebody last asked for a cursor. */
  #treeWrites = 0;
  /** The entry found last: a put after a get of the same key needs no second look-up. */
  #lastKey: StoreKey | null = null;
  #lastEntry: MutableEntry | null = null;
  #bytes = 0;
  #floor: StoreKey | null = null;
  /** Rows came in before the floor after it was set. Otherwise what is there was dropped, and is let go of later. */
  #hasRowsBelow = false;
  /** With more rows than these, those that were dropped are let go. */
  #limit = LIMIT_MIN;

  /** Bytes of keys and values, and a flat cost for each row. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many rows there are, and were before they were dropped. */
  get size(): number {
    return this.#entries.size;
  }

  /** All before this key was dropped: what older layers have there counts no more. Null: nothing was. */
  get floor(): StoreKey | null {
    return this.#floor;
  }

  /** It says nothing about any key. */
  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#floor === null;
  }

  /** The entry of `key`, tombstones included; undefined when there is none. */
  find(key: StoreKey): RowEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#isDropped(key)) return undefined;
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry;
  }

  /** Whether what older layers say about `key` counts no more. */
  hides(key: StoreKey): boolean {
    return this.#floor !== null && key < this.#floor;
  }

  /** Sets the value of `key`; null keeps a tombstone. */
  set(key: StoreKey, value: Uint8Array | null): void {
    if (this.#isDropped(key)) this.#forgetDropped();
    const entry = key === this.#lastKey ? (this.#lastEntry as MutableEntry) : this.#entries.get(key);
    if (entry === undefined) {
      this.#bytes += ROW_OVERHEAD_BYTES + key.length + sizeOf(value);
      this.#entries.set(key, { value });
    } else {
      this.#bytes += sizeOf(value) - sizeOf(entry.value);
      entry.value = value;
    }
    if (this.#tree !== null) this.#sort(this.#tree, key, value);
  }

  /** Drops the rows before `to`, here and in older layers. */
  dropBelow(to: StoreKey): void {
    if (this.#floor !== null && to < this.#floor && !this.#hasRowsBelow) return;
    if (this.#floor === null || to > this.#floor) this.#floor = to;
    if (this.#hasRowsBelow || this.#entries.size > this.#limit) this.#keepFrom(to);
    this.#lastKey = null;
    this.#lastEntry = null;
    // Cursors have versions of their own.
    this.#tree = null;
  }

  /** All rows, or the first of each `stride`, in no particular order. */
  *entries(stride = 1): IterableIterator<readonly [key: StoreKey, value: Uint8Array | null]> {
    let left = 1;
    for (const [key, { value }] of this.#live()) {
      left -= 1;
      if (left > 0) continue;
      left = stride;
      yield [key, value];
    }
  }

  /** A cursor over the rows of `range` as they are now, tombstones included. */
  cursor(range: KeyRange): RowCursor {
    this.#treeWrites = 0;
    this.#tree ??= sortedTree(this.#live());
    return new TreeCursor(this.#tree.clone(), range);
  }

  *#live(): IterableIterator<readonly [key: StoreKey, entry: MutableEntry]> {
    for (const row of this.#entries) if (!this.#isDropped(row[0])) yield row;
  }

  #isDropped(key: StoreKey): boolean {
    return this.#floor !== null && !this.#hasRowsBelow && key < this.#floor;
  }

  #forgetDropped(): void {
    this.#keepFrom(this.#floor as StoreKey);
    this.#hasRowsBelow = true;
  }

  /** Into a new map: taking most rows out of one, one by one, takes longer, and leaves it as large as it was. */
  #keepFrom(first: StoreKey): void {
    const kept = new Map<StoreKey, MutableEntry>();
    for (const [key, entry] of this.#entries) {
      if (key >= first) kept.set(key, entry);
      else this.#bytes -= ROW_OVERHEAD_BYTES + key.length + sizeOf(entry.value);
    }
    this.#entries = kept;
    this.#limit = Math.max(LIMIT_MIN, 2 * kept.size);
  }

  #sort(tree: SortedTree, key: StoreKey, value: Uint8Array | null): void {
    if (++this.#treeWrites > this.#entries.size + TREE_WRITES_MIN) this.#tree = null;
    else tree.set(key, value);
  }
}
