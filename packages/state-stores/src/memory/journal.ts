import type { StoreKey } from "../contract/index.js";
import type { RowGroup } from "./row-group.js";

/** A group that a transaction has dropped as it was; what is noted from `at` on under its prefix came after it. */
export interface DroppedGroup {
  readonly group: RowGroup;
  readonly at: number;
}

/** What a row costs beside its key and value: its place in the journal and the headers of key and value. */
const ROW_OVERHEAD_BYTES = 96;

/** What the rows of a store were before a transaction changed them: the way back, should it be aborted. */
export class Journal {
  readonly keys: StoreKey[] = [];
  /** The value each key had; null for none. */
  readonly before: (Uint8Array | null)[] = [];
  /** In the order in which they were dropped. */
  readonly dropped: DroppedGroup[] = [];
  /** Some key was deleted. */
  hasDeletes = false;
  /** Keys and values written since the journal was begun. */
  bytes = 0;

  get isEmpty(): boolean {
    return this.keys.length === 0 && this.dropped.length === 0;
  }

  /** Notes a key changed for the first time. */
  note(key: StoreKey, before: Uint8Array | null, after: Uint8Array | null): void {
    this.keys.push(key);
    this.before.push(before);
    this.bytes += ROW_OVERHEAD_BYTES + key.length + (after === null ? 0 : after.byteLength);
  }

  /** Changes what an abort goes back to; false when the key is not among the first `end` noted here. */
  amend(key: StoreKey, before: Uint8Array | null, end = Infinity): boolean {
    const index = this.keys.indexOf(key);
    if (index < 0 || index >= end) return false;
    this.before[index] = before;
    return true;
  }
}
