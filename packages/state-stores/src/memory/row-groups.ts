import type { StoreKey } from "../contract/index.js";
import type { Entry } from "./entry.js";
import { RowGroup } from "./row-group.js";

/** All rows of a store in groups by the first bytes of their keys; in one group as long as nobody asks for more. */
export class RowGroups {
  #prefixLength = 0;
  readonly #groups = new Map<StoreKey, RowGroup>();
  #last: RowGroup | null = null;
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Puts rows into groups by so many bytes from now on. */
  regroup(prefixLength: number): void {
    if (prefixLength === this.#prefixLength) return;
    const groups = [...this.#groups.values()];
    this.clear();
    this.#prefixLength = prefixLength;
    for (const { entries } of groups) {
      for (const entry of entries) {
        const group = this.at(entry.key);
        group.entries.add(entry);
        if (entry.isThere) group.rowCount += 1;
      }
    }
  }

  prefixOf(key: StoreKey): StoreKey {
    return key.length <= this.#prefixLength ? key : key.slice(0, this.#prefixLength);
  }

  /** The group that the key belongs to; undefined when there is none. */
  find(key: StoreKey): RowGroup | undefined {
    const last = this.#last;
    if (last !== null && last.prefix.length === this.#prefixLength && key.startsWith(last.prefix)) return last;
    const group = this.#groups.get(this.prefixOf(key));
    if (group !== undefined) this.#last = group;
    return group;
  }

  /** The group that the key belongs to; made when there is none. */
  at(key: StoreKey): RowGroup {
    const found = this.find(key);
    if (found !== undefined) return found;
    const group = new RowGroup(this.prefixOf(key), this.#seed);
    this.put(group);
    return group;
  }

  /** Takes a group in the place of the one with its prefix; gives that one. */
  put(group: RowGroup): RowGroup | undefined {
    const before = this.#groups.get(group.prefix);
    this.#groups.set(group.prefix, group);
    this.#last = group;
    return before;
  }

  /** Takes out the groups of which all keys are before `to`. */
  takeBelow(to: StoreKey): RowGroup[] {
    const end = this.prefixOf(to);
    const taken = [...this.#groups.values()].filter(({ prefix }) => prefix < end);
    for (const { prefix } of taken) this.#groups.delete(prefix);
    this.#last = null;
    return taken;
  }

  entry(key: StoreKey): Entry | undefined {
    return this.find(key)?.entries.get(key);
  }

  /** Rows that are there, in no useful order. */
  *rows(): IterableIterator<readonly [key: StoreKey, row: { readonly value: Uint8Array | null }]> {
    for (const { entries } of this.#groups.values()) {
      for (const entry of entries) if (entry.isThere) yield [entry.key, entry];
    }
  }

  clear(): void {
    this.#groups.clear();
    this.#last = null;
  }
}
