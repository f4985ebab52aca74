import type { KeyRange, StoreKey } from "../contract/index.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { type SortedTree, sortedTree } from "../overlay/sorted-tree.js";
import { TreeCursor } from "../overlay/tree-cursor.js";
import { Journal } from "./journal.js";

interface Entry {
  /** Null for a key deleted by a transaction that is not committed yet. */
  value: Uint8Array | null;
  /** The transaction that wrote it last: the journal of that one knows the key. */
  epoch: number;
}

/** Written by no transaction that could still be aborted. */
const SETTLED = -1;

/**
 * Rows of one store on the heap, written in place: one look-up for a read, none more for the write that follows it, and
 * a commit costs nothing, as all it does is forget the journal. The sorted tree is built when somebody first iterates
 * and kept up to date from then on; a cursor holds a version of it.
 */
export class JournaledRows {
  readonly #entries = new Map<StoreKey, Entry>();
  #tree: SortedTree | null = null;
  #rowCount = 0;
  #epoch = 0;
  #running = new Journal();
  #frozen: Journal | null = null;
  /** The entry found last: a put after a get of the same key needs no second look-up. */
  #lastKey: StoreKey | null = null;
  #lastEntry: Entry | null = null;

  /** How many rows there are now. */
  get size(): number {
    return this.#rowCount;
  }

  /** Bytes written by the running transaction. */
  get runningBytes(): number {
    return this.#running.bytes;
  }

  get(key: StoreKey): Uint8Array | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry.value;
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    const entry = key === this.#lastKey ? (this.#lastEntry as Entry) : this.#entries.get(key);
    const before = entry === undefined ? null : entry.value;
    if (entry !== undefined && entry.epoch === this.#epoch) {
      this.#running.bytes += byteLength(value) - byteLength(before);
    } else {
      this.#running.note(key, before, value);
    }
    if (value === null) this.#running.hasDeletes = true;
    if (entry === undefined) {
      this.#entries.set(key, { value, epoch: this.#epoch });
    } else {
      entry.value = value;
      entry.epoch = this.#epoch;
    }
    this.#track(key, before, value);
  }

  /** Sets a committed value, under whatever transactions have made of it. */
  restore(key: StoreKey, value: Uint8Array | null): void {
    if (this.#frozen?.amend(key, value) === true || this.#running.amend(key, value)) return;
    this.#reset(key, value);
  }

  /** The running transaction becomes the frozen one; there must be none. */
  freeze(): void {
    this.#frozen = this.#running;
    this.#begin();
  }

  /** Makes the frozen transaction permanent. */
  commitFrozen(): void {
    const frozen = this.#frozen;
    this.#frozen = null;
    if (frozen !== null) this.#settle(frozen);
  }

  /** Makes all permanent. What is frozen stays so, with nothing left to take back. */
  commitAll(): void {
    const running = this.#running;
    const frozen = this.#frozen;
    if (frozen !== null) this.#frozen = new Journal();
    this.#begin();
    this.#settle(running);
    if (frozen !== null) this.#settle(frozen);
  }

  /** Takes back what the running and the frozen transaction wrote. */
  discard(): void {
    const running = this.#running;
    const frozen = this.#frozen;
    this.#frozen = null;
    this.#begin();
    this.#takeBack(running);
    if (frozen !== null) this.#takeBack(frozen);
  }

  /** Forgets everything. Cursors keep what they saw. */
  clear(): void {
    this.#entries.clear();
    this.#tree = null;
    this.#rowCount = 0;
    this.#lastKey = null;
    this.#lastEntry = null;
    this.#frozen = null;
    this.#begin();
  }

  /** A cursor over the rows of `range` as they are now. */
  cursor(range: KeyRange): RowCursor {
    this.#tree ??= sortedTree([...this.#entries].filter(([, { value }]) => value !== null));
    return new TreeCursor(this.#tree.clone(), range);
  }

  #begin(): void {
    this.#epoch += 1;
    if (this.#running.keys.length > 0 || this.#running === this.#frozen) this.#running = new Journal();
  }

  /** Drops the entries of keys that the transaction deleted and that nobody has written since. */
  #settle(journal: Journal): void {
    if (!journal.hasDeletes) return;
    for (const key of journal.keys) {
      const entry = this.#entries.get(key);
      if (entry?.value === null && entry.epoch !== this.#epoch) this.#forget(key);
    }
  }

  #takeBack(journal: Journal): void {
    for (const [index, key] of journal.keys.entries()) this.#reset(key, journal.before[index] ?? null);
  }

  #reset(key: StoreKey, value: Uint8Array | null): void {
    const entry = this.#entries.get(key);
    this.#track(key, entry?.value ?? null, value);
    if (value === null) this.#forget(key);
    else if (entry === undefined) this.#entries.set(key, { value, epoch: SETTLED });
    else entry.value = value;
  }

  #forget(key: StoreKey): void {
    this.#entries.delete(key);
    this.#lastKey = null;
    this.#lastEntry = null;
  }

  /** Keeps count and tree in step with a changed value. */
  #track(key: StoreKey, before: Uint8Array | null, after: Uint8Array | null): void {
    if (after === null) {
      if (before === null) return;
      this.#rowCount -= 1;
      this.#tree?.delete(key);
    } else {
      if (before === null) this.#rowCount += 1;
      this.#tree?.set(key, after);
    }
  }
}

const byteLength = (value: Uint8Array | null): number => (value === null ? 0 : value.byteLength);
