import type { StoreIterator, StoreKey } from "@millrace/state-stores";

/** A stored row on its way to the user. */
export interface StoredRow {
  readonly key: StoreKey;
  readonly bytes: Uint8Array;
}

/** A row of a cache, not stored yet; null bytes hide the stored row. */
export interface PendingRow {
  readonly key: StoreKey;
  readonly bytes: Uint8Array | null;
}

/** Stored rows with pending ones laid over them, both in the same order. */
export class MergedRows {
  private readonly stored: StoreIterator;
  private readonly pending: readonly PendingRow[];
  private readonly reverse: boolean;
  private index = 0;
  private head: StoredRow | null;

  constructor(stored: StoreIterator, pending: readonly PendingRow[], reverse: boolean) {
    this.stored = stored;
    this.pending = pending;
    this.reverse = reverse;
    this.head = this.readStored();
  }

  /** Null at the end. */
  next(): StoredRow | null {
    for (;;) {
      const pending = this.pending[this.index];
      if (pending === undefined) return this.takeStored();
      const { head } = this;
      if (head !== null && this.before(head.key, pending.key)) return this.takeStored();
      if (head !== null && head.key === pending.key) this.takeStored();
      this.index++;
      if (pending.bytes !== null) return { key: pending.key, bytes: pending.bytes };
    }
  }

  close(): void {
    this.stored.close();
    this.index = this.pending.length;
    this.head = null;
  }

  private before(left: StoreKey, right: StoreKey): boolean {
    return this.reverse ? left > right : left < right;
  }

  private takeStored(): StoredRow | null {
    const { head } = this;
    if (head !== null) this.head = this.readStored();
    return head;
  }

  private readStored(): StoredRow | null {
    const { done, value } = this.stored.next();
    return done === true ? null : { key: value.key, bytes: value.value };
  }
}
