import type { KeyRange, StoreKey } from "../contract/index.js";
import type { RowCursor } from "../overlay/row-cursor.js";
import { type SortedTree, sortedTree } from "../overlay/sorted-tree.js";
import { TreeCursor } from "../overlay/tree-cursor.js";
import type { RestoredRows } from "../restoring/restored-rows.js";
import { Entry } from "./entry.js";
import { Journal } from "./journal.js";
import type { RowGroup } from "./row-group.js";
import { RowGroups } from "./row-groups.js";

/** A tree is kept up to date for so many writes at least. */
const TREE_WRITES_MIN = 1_000;

/** Written by no transaction that could still be aborted. */
const SETTLED = -1;

/**
 * Rows of one store on the heap, written in place: one look-up for a read, none more for the write that follows it, and
 * a commit costs nothing, as all it does is forget the journal. The sorted tree is built when somebody iterates and kept
 * up to date until so much was written without anybody iterating that building it anew costs less; a cursor holds a
 * version of it.
 */
export class JournaledRows {
  readonly #groups: RowGroups;
  #tree: SortedTree | null = null;
  /** Rows that went into the tree since somebody last asked for a cursor. */
  #treeWrites = 0;
  #rowCount = 0;
  #epoch = 0;
  #running = new Journal();
  #frozen: Journal | null = null;
  /** The entry found last: a put after a get of the same key needs no second look-up. */
  #lastKey: StoreKey | null = null;
  #lastEntry: Entry | null = null;

  /** `seed` is mixed into the hashes of keys. */
  constructor(seed = 0) {
    this.#groups = new RowGroups(seed);
  }

  /** How many rows there are now. */
  get size(): number {
    return this.#rowCount;
  }

  /** Bytes written by the running transaction. */
  get runningBytes(): number {
    return this.#running.bytes;
  }

  get(key: StoreKey): Uint8Array | null {
    const entry = this.#groups.entry(key);
    if (entry === undefined) return null;
    this.#lastKey = key;
    this.#lastEntry = entry;
    return entry.value;
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    const group = this.#groups.at(key);
    const entry = key === this.#lastKey ? (this.#lastEntry as Entry) : group.entries.get(key);
    const before = entry === undefined ? null : entry.value;
    if (entry !== undefined && entry.epoch === this.#epoch) {
      this.#running.bytes += byteLength(value) - byteLength(before);
    } else {
      this.#running.note(key, before, value);
    }
    if (value === null) this.#running.hasDeletes = true;
    if (entry === undefined) {
      this.#add(group, key, this.#epoch).value = value;
    } else {
      entry.value = value;
      entry.epoch = this.#epoch;
    }
    this.#track(group, key, before !== null, value);
  }

  /** Rows whose keys have the same first `length` bytes can be dropped together from now on. */
  groupByPrefix(length: number): void {
    // What is to be taken back was grouped as it is now.
    if (this.#running.dropped.length > 0 || (this.#frozen?.dropped.length ?? 0) > 0) return;
    this.#groups.regroup(length);
  }

  /** Deletes the groups before this prefix. */
  dropBelow(to: StoreKey): void {
    const { keys, dropped } = this.#running;
    for (const group of this.#groups.takeBelow(to)) {
      dropped.push({ group, at: keys.length });
      this.#rowCount -= group.rowCount;
      if (this.#tree !== null) for (const { key } of group.entries) this.#tree.delete(key);
    }
    this.#lastKey = null;
    this.#lastEntry = null;
  }

  /** Sets committed values: where nothing stands in between, without a look at them. */
  restoreAll(rows: RestoredRows): void {
    for (let index = 0; index < rows.size; index += 1) {
      const key = rows.keys[index]!;
      const array = rows.arrays[index]!;
      const isPlain = array !== null && this.#frozen === null && this.#running.isEmpty && this.#tree === null;
      if (!isPlain) {
        this.restore(key, rows.valueAt(index));
        continue;
      }
      const group = this.#groups.at(key);
      const entry = group.entries.get(key) ?? this.#add(group, key, SETTLED);
      if (!entry.isThere) this.#count(group, 1);
      entry.setTo(array, rows.starts[index]!, rows.ends[index]!);
    }
  }

  /** Sets a committed value, under whatever transactions have made of it. */
  restore(key: StoreKey, value: Uint8Array | null): void {
    if (this.#frozen === null && this.#running.isEmpty) return this.#reset(key, value);
    const prefix = this.#groups.prefixOf(key);
    for (const journal of [this.#frozen, this.#running]) {
      const dropped = journal?.dropped.find(({ group }) => group.prefix === prefix);
      if (journal?.amend(key, value, dropped?.at) === true) return;
      if (dropped === undefined) continue;
      setSettled(dropped.group, key, value);
      return;
    }
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
    this.#groups.clear();
    this.#tree = null;
    this.#rowCount = 0;
    this.#lastKey = null;
    this.#lastEntry = null;
    this.#frozen = null;
    this.#begin();
  }

  /** A cursor over the rows of `range` as they are now. */
  cursor(range: KeyRange): RowCursor {
    this.#treeWrites = 0;
    this.#tree ??= sortedTree(this.#groups.rows());
    return new TreeCursor(this.#tree.clone(), range);
  }

  #begin(): void {
    this.#epoch += 1;
    if (!this.#running.isEmpty || this.#running === this.#frozen) this.#running = new Journal();
  }

  /** Drops the entries of keys that the transaction deleted and that nobody has written since. */
  #settle(journal: Journal): void {
    if (!journal.hasDeletes) return;
    for (const key of journal.keys) {
      const entry = this.#groups.entry(key);
      if (entry !== undefined && !entry.isThere && entry.epoch !== this.#epoch) this.#forget(key);
    }
  }

  /** Groups dropped come back as they were, in the place of what was written under their prefixes since. */
  #takeBack(journal: Journal): void {
    const { keys, before, dropped } = journal;
    this.#lastKey = null;
    this.#lastEntry = null;
    const droppedAt = new Map<StoreKey, number>();
    for (const { group, at } of dropped) {
      // Dropped twice: the first one counts.
      if (droppedAt.has(group.prefix)) continue;
      droppedAt.set(group.prefix, at);
      this.#putBack(group);
    }
    for (const [index, key] of keys.entries()) {
      if (droppedAt.size > 0 && index >= (droppedAt.get(this.#groups.prefixOf(key)) ?? Infinity)) continue;
      this.#reset(key, before[index] ?? null);
    }
  }

  #putBack(group: RowGroup): void {
    const replaced = this.#groups.put(group);
    if (replaced !== undefined) {
      this.#rowCount -= replaced.rowCount;
      if (this.#tree !== null) for (const { key } of replaced.entries) this.#tree.delete(key);
    }
    this.#rowCount += group.rowCount;
    if (this.#tree === null) return;
    for (const { key, value } of group.entries) if (value !== null) this.#tree.set(key, value);
  }

  #reset(key: StoreKey, value: Uint8Array | null): void {
    const group = this.#groups.at(key);
    const entry = group.entries.get(key);
    this.#track(group, key, entry?.isThere === true, value);
    if (value === null) this.#forget(key);
    else (entry ?? this.#add(group, key, SETTLED)).value = value;
  }

  #add(group: RowGroup, key: StoreKey, epoch: number): Entry {
    const entry = new Entry(key, epoch);
    group.entries.add(entry);
    return entry;
  }

  #forget(key: StoreKey): void {
    this.#groups.find(key)?.entries.delete(key);
    this.#lastKey = null;
    this.#lastEntry = null;
  }

  /** Keeps count and tree in step with a changed value. */
  #track(group: RowGroup, key: StoreKey, wasThere: boolean, after: Uint8Array | null): void {
    if (wasThere !== (after !== null)) this.#count(group, wasThere ? -1 : 1);
    if (this.#tree !== null) this.#sort(this.#tree, key, after);
  }

  #count(group: RowGroup, change: number): void {
    this.#rowCount += change;
    group.rowCount += change;
  }

  #sort(tree: SortedTree, key: StoreKey, value: Uint8Array | null): void {
    if (++this.#treeWrites > this.#rowCount + TREE_WRITES_MIN) this.#tree = null;
    else if (value === null) tree.delete(key);
    else tree.set(key, value);
  }
}

function setSettled(group: RowGroup, key: StoreKey, value: Uint8Array | null): void {
  const before = group.entries.get(key);
  group.rowCount += (value === null ? 0 : 1) - (before?.isThere === true ? 1 : 0);
  if (before !== undefined) group.entries.delete(key);
  if (value === null) return;
  const entry = new Entry(key, SETTLED);
  entry.value = value;
  group.entries.add(entry);
}

const byteLength = (value: Uint8Array | null): number => (value === null ? 0 : value.byteLength);
