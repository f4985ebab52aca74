import type { BytesStore, KeyRange, StoreIterator, StoreKey } from "../contract/index.js";
import { MergingIterator } from "../overlay/merging-iterator.js";
import type { IteratorRegistry } from "../task/iterator-registry.js";
import type { JournaledRows } from "./journaled-rows.js";

/** One store of a task that keeps its rows on the heap. */
export class MemoryStore implements BytesStore {
  readonly name: string;
  readonly #rows: JournaledRows;
  readonly #iterators: IteratorRegistry;
  #closed = false;

  constructor(name: string, rows: JournaledRows, iterators: IteratorRegistry) {
    this.name = name;
    this.#rows = rows;
    this.#iterators = iterators;
  }

  get(key: StoreKey): Uint8Array | null {
    if (this.#closed) this.#iterators.assertOpen();
    return this.#rows.get(key);
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    if (this.#closed) this.#iterators.assertOpen();
    this.#rows.put(key, value);
  }

  iterate(range: KeyRange): StoreIterator {
    this.#iterators.assertOpen();
    return this.#iterators.opened(new MergingIterator([this.#rows.cursor(range)], range.reverse, this.#iterators));
  }

  groupByPrefix(length: number): void {
    this.#iterators.assertOpen();
    this.#rows.groupByPrefix(length);
  }

  dropBelow(to: StoreKey): void {
    this.#iterators.assertOpen();
    this.#rows.dropBelow(to);
  }

  approximateCount(): number {
    return this.#rows.size;
  }

  /** Refuses all use from here on. */
  close(): void {
    this.#closed = true;
  }
}
