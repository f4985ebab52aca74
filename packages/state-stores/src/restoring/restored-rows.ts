import type { StoreKey } from "../contract/index.js";

/** Values share arrays of this size: one each would cost a small value more than copying it. */
const SLAB_BYTES = 32 * 1024;

/**
 * Rows read from a changelog, in its order, in columns instead of an object a row: there are millions. Values are
 * copied into arrays they share, which last as long as any of them is kept.
 */
export class RestoredRows {
  readonly keys: StoreKey[] = [];
  /** The array each value is in, `[starts, ends)` of it; null deletes the key. */
  readonly arrays: (Uint8Array | null)[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Bytes of keys and values. */
  bytes = 0;
  #slab: Uint8Array;
  #used: number;

  constructor() {
    this.#slab = new Uint8Array(0);
    this.#used = 0;
  }

  /** The array that `add` has made room in last. */
  get slab(): Uint8Array {
    return this.#slab;
  }

  get size(): number {
    return this.keys.length;
  }

  /** Appends a row. Every byte of its value is to be written next, to `slab` from the index given on. */
  add(key: StoreKey, valueLength: number): number {
    if (this.#used + valueLength > this.#slab.length) {
      this.#slab = new Uint8Array(Buffer.allocUnsafeSlow(Math.max(valueLength, SLAB_BYTES)).buffer);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used += valueLength;
    this.keys.push(key);
    this.arrays.push(this.#slab);
    this.starts.push(start);
    this.ends.push(this.#used);
    this.bytes += key.length + valueLength;
    return start;
  }

  /** Appends the deletion of a key. */
  delete(key: StoreKey): void {
    this.keys.push(key);
    this.arrays.push(null);
    this.starts.push(0);
    this.ends.push(0);
    this.bytes += key.length;
  }

  /** The value of the row at `index`, a view; null: it deletes its key. */
  valueAt(index: number): Uint8Array | null {
    const array = this.arrays[index]!;
    if (array === null) return null;
    const start = this.starts[index]!;
    return new Uint8Array(array.buffer, array.byteOffset + start, this.ends[index]! - start);
  }

  /** No rows yet; goes on in the array begun here, of which small batches would waste most otherwise. */
  next(): RestoredRows {
    const next = new RestoredRows();
    next.#slab = this.#slab;
    next.#used = this.#used;
    return next;
  }
}
