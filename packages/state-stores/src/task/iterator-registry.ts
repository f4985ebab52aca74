import type { IteratorOwner, MergingIterator } from "../overlay/merging-iterator.js";
import { StateClosedError } from "../errors.js";

/** The iterators of a task that are not closed yet. */
export class IteratorRegistry implements IteratorOwner {
  readonly #open = new Set<MergingIterator>();
  readonly #what: string;
  #closed = false;

  /** `what` is named in the error of whoever iterates too late. */
  constructor(what: string) {
    this.#what = what;
  }

  get size(): number {
    return this.#open.size;
  }

  assertOpen(): void {
    if (this.#closed) throw new StateClosedError(this.#what);
  }

  opened(iterator: MergingIterator): MergingIterator {
    this.#open.add(iterator);
    return iterator;
  }

  closed(iterator: MergingIterator): void {
    this.#open.delete(iterator);
  }

  /** Ends all iterators; returns how many there were. */
  closeAll(): number {
    const count = this.#open.size;
    for (const iterator of this.#open) iterator.close();
    return count;
  }

  /** Refuses new iterators from here on. */
  shut(): void {
    this.#closed = true;
  }
}
