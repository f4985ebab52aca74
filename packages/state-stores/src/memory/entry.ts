import type { StoreKey } from "../contract/index.js";

/** In the place of where a value begins: the value is an array of its own. */
const WHOLE = -1;

/**
 * A row in place, and what its transaction needs to know of it. The value of a restored row is a stretch of an array
 * shared with others; the view on it is made when somebody asks first, as most rows are never looked at.
 */
export class Entry {
  readonly key: StoreKey;
  /** The transaction that wrote it last: the journal of that one knows the key. */
  epoch: number;
  #array: Uint8Array | null;
  #start: number;
  #end: number;

  constructor(key: StoreKey, epoch: number) {
    this.key = key;
    this.epoch = epoch;
    this.#array = null;
    this.#start = WHOLE;
    this.#end = WHOLE;
  }

  /** False for a key deleted by a transaction that is not committed yet. */
  get isThere(): boolean {
    return this.#array !== null;
  }

  /** Null when it is not there. */
  get value(): Uint8Array | null {
    if (this.#start !== WHOLE) this.value = this.#view();
    return this.#array;
  }

  set value(value: Uint8Array | null) {
    this.#array = value;
    this.#start = WHOLE;
  }

  /** Makes `[start, end)` of an array the value. */
  setTo(array: Uint8Array, start: number, end: number): void {
    this.#array = array;
    this.#start = start;
    this.#end = end;
  }

  #view(): Uint8Array {
    const { buffer, byteOffset } = this.#array as Uint8Array;
    return new Uint8Array(buffer, byteOffset + this.#start, this.#end - this.#start);
  }
}
