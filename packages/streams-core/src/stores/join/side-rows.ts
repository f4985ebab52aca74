import type { StoreKey } from "@millrace/state-stores";

/** How many forgotten keys the list may hold before it is cleaned. */
const SLACK = 64;

/**
 * The keys of one side's rows in order. Most come at the end and leave at the front; what leaves from the middle is
 * skipped until the list is cleaned, so that no step is slow.
 */
export class SideRows {
  private readonly live = new Set<StoreKey>();
  private keys: StoreKey[] = [];
  private head = 0;

  get size(): number {
    return this.live.size;
  }

  has(key: StoreKey): boolean {
    return this.live.has(key);
  }

  /** Nothing for a key that is there. */
  add(key: StoreKey): void {
    if (this.live.has(key)) return;
    this.live.add(key);
    if (this.keys.length - this.head > 2 * this.live.size + SLACK) this.clean();
    const { keys } = this;
    if (this.head === keys.length || keys[keys.length - 1]! < key) {
      keys.push(key);
      return;
    }
    const at = this.indexOf(key);
    if (keys[at] !== key) keys.splice(at, 0, key);
  }

  /** Whether the key was there. */
  remove(key: StoreKey): boolean {
    if (!this.live.delete(key)) return false;
    this.head = this.next(this.head);
    if (this.head > SLACK && this.head * 2 > this.keys.length) {
      this.keys = this.keys.slice(this.head);
      this.head = 0;
    }
    return true;
  }

  /** Null without rows. */
  first(): StoreKey | null {
    return this.keys[this.head] ?? null;
  }

  last(): StoreKey | null {
    let at = this.keys.length - 1;
    while (at >= this.head && !this.live.has(this.keys[at]!)) at--;
    return at < this.head ? null : this.keys[at]!;
  }

  /** The first key but one. */
  second(): StoreKey | null {
    return this.keys[this.next(this.head + 1)] ?? null;
  }

  /** The first key at or after `from`. */
  firstFrom(from: StoreKey): StoreKey | null {
    return this.keys[this.next(this.indexOf(from))] ?? null;
  }

  /** Index of the first live key at or behind `at`. */
  private next(at: number): number {
    const { keys, live } = this;
    let index = at;
    while (index < keys.length && !live.has(keys[index]!)) index++;
    return index;
  }

  private indexOf(key: StoreKey): number {
    const { keys } = this;
    let low = this.head;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (keys[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private clean(): void {
    const { live } = this;
    // The key being added is live already but not in the list.
    this.keys = this.keys.slice(this.head).filter((key) => live.has(key));
    this.head = 0;
  }
}
