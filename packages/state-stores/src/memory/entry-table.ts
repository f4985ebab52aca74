import type { StoreKey } from "../contract/index.js";
import type { Entry } from "./entry.js";

/** Of the table without entries; a power of two. */
const FEWEST_SLOTS = 8;
const FNV_BASIS = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Entries by key. A million rows take half the time of a `Map`, which looks at the keys of several entries, each
 * elsewhere in memory, for one look-up, and at those of all entries whenever it grows: here hashes are compared, which lie
 * side by side in an array. In a small store the two are equal.
 */
export class EntryTable implements Iterable<Entry> {
  /** Pairs: a hash, and the place of its entry counted from 1; 0 for none. Two of three are taken at most. */
  #slots = new Int32Array(2 * FEWEST_SLOTS);
  #mask = FEWEST_SLOTS - 1;
  readonly #entries: Entry[] = [];
  /** Keys that collide in one table do not in another. */
  readonly #seed: number;
  /** The key not found last: it is added next as a rule. */
  #missedKey: StoreKey | null = null;
  #missedHash = 0;

  constructor(seed: number) {
    this.#seed = seed ^ FNV_BASIS;
  }

  get size(): number {
    return this.#entries.length;
  }

  get(key: StoreKey): Entry | undefined {
    const slots = this.#slots;
    const mask = this.#mask;
    const hash = this.#hash(key);
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = slots[2 * slot + 1]!;
      if (place === 0) break;
      if (slots[2 * slot] !== hash) continue;
      const entry = this.#entries[place - 1]!;
      if (entry.key === key) return entry;
    }
    this.#missedKey = key;
    this.#missedHash = hash;
    return undefined;
  }

  /** Takes in an entry; there must be none with its key. */
  add(entry: Entry): void {
    const { key } = entry;
    const hash = key === this.#missedKey ? this.#missedHash : this.#hash(key);
    const size = this.#entries.push(entry);
    if (3 * size > 2 * (this.#mask + 1)) this.#resize(2 * (this.#mask + 1));
    this.#place(hash, size);
  }

  delete(key: StoreKey): void {
    const slot = this.#slotOf(key);
    if (slot < 0) return;
    const place = this.#slots[2 * slot + 1]!;
    const last = this.#entries.at(-1)!;
    // The last entry moves to where the deleted one was.
    this.#slots[2 * this.#slotOf(last.key) + 1] = place;
    this.#entries[place - 1] = last;
    this.#entries.pop();
    this.#free(slot);
    const capacity = this.#mask + 1;
    if (capacity > FEWEST_SLOTS && 8 * this.#entries.length < capacity) this.#resize(capacity / 2);
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#entries.values();
  }

  /** Of the key's entry; -1 when there is none. */
  #slotOf(key: StoreKey): number {
    const hash = this.#hash(key);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const place = this.#slots[2 * slot + 1]!;
      if (place === 0) return -1;
      if (this.#slots[2 * slot] === hash && this.#entries[place - 1]!.key === key) return slot;
    }
  }

  #place(hash: number, place: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    slots[2 * slot] = hash;
    slots[2 * slot + 1] = place;
  }

  /** Empties a slot and moves up those behind it, which would not be found past a gap. */
  #free(slot: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let gap = slot;
    for (let next = (gap + 1) & mask; slots[2 * next + 1] !== 0; next = (next + 1) & mask) {
      const fromHome = (next - (slots[2 * next]! & mask)) & mask;
      if (fromHome < ((next - gap) & mask)) continue;
      slots[2 * gap] = slots[2 * next]!;
      slots[2 * gap + 1] = slots[2 * next + 1]!;
      gap = next;
    }
    slots[2 * gap + 1] = 0;
  }

  #resize(capacity: number): void {
    const before = this.#slots;
    this.#slots = new Int32Array(2 * capacity);
    this.#mask = capacity - 1;
    for (let index = 0; index < before.length; index += 2) {
      const place = before[index + 1]!;
      if (place !== 0) this.#place(before[index]!, place);
    }
  }

  #hash(key: StoreKey): number {
    let hash = this.#seed;
    for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), FNV_PRIME);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }
}
