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

/**
 * Rows of one store in memory. Point reads and writes go to a hash map (2.5 times the speed of a tree); the sorted tree
 * is built when somebody first asks for a cursor and kept up to date from then on. A cursor holds a version of the
 * tree, so later writes do not disturb it.
 */
export class RowMap {
  readonly #entries = new Map<StoreKey, MutableEntry>();
  #tree: SortedTree | null = null;
  /** The entry found last: a put after a get of the same key needs no second look-up. */
  #lastKey: StoreKey | null = null;
  #lastEntry: MutableEntry | null = null;
  #bytes = 0;

  /** Bytes of keys and values, and a flat cost for each row. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The entry of `key`, tombstones included; undefined when this map says nothing about it. */
  find(key: StoreKey): RowEntry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry;
  }

  /** Sets the value of `key`; null keeps a tombstone. */
  set(key: StoreKey, value: Uint8Array | null): void {
    const entry = key === this.#lastKey ? (this.#lastEntry as MutableEntry) : this.#entries.get(key);
    if (entry === undefined) {
      this.#bytes += ROW_OVERHEAD_BYTES + key.length + sizeOf(value);
      this.#entries.set(key, { value });
    } else {
      this.#bytes += sizeOf(value) - sizeOf(entry.value);
      entry.value = value;
    }
    this.#tree?.set(key, value);
  }

  /** All rows, in no particular order. */
  *entries(): IterableIterator<readonly [key: StoreKey, value: Uint8Array | null]> {
    for (const [key, entry] of this.#entries) yield [key, entry.value];
  }

  /** A cursor over the rows of `range` as they are now, tombstones included. */
  cursor(range: KeyRange): RowCursor {
    this.#tree ??= sortedTree(this.#entries);
    return new TreeCursor(this.#tree.clone(), range);
  }
}
