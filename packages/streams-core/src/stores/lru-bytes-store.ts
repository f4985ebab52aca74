import type { BytesStore, KeyRange, StoreIterator, StoreKey } from "@millrace/state-stores";

/** Forgets rows beyond `maxEntries`, oldest access first, and tells which. */
export class LruBytesStore implements BytesStore {
  readonly name: string;
  private readonly rows: BytesStore;
  private readonly maxEntries: number;
  private readonly onForget: (key: StoreKey) => void;
  /** Keys by last access; made on first use, when the store has been restored. */
  private order: Set<StoreKey> | null = null;

  constructor(rows: BytesStore, maxEntries: number, onForget: (key: StoreKey) => void) {
    this.name = rows.name;
    this.rows = rows;
    this.maxEntries = maxEntries;
    this.onForget = onForget;
  }

  get(key: StoreKey): Uint8Array | null {
    const value = this.rows.get(key);
    if (value !== null) this.touch(key);
    return value;
  }

  /** As `get`, but the row's turn to be forgotten stays what it was. */
  peek(key: StoreKey): Uint8Array | null {
    return this.rows.get(key);
  }

  put(key: StoreKey, value: Uint8Array | null): void {
    if (value === null) this.accessOrder().delete(key);
    else this.touch(key);
    this.rows.put(key, value);
    this.shrink();
  }

  iterate(range: KeyRange): StoreIterator {
    return this.rows.iterate(range);
  }

  approximateCount(): number {
    return this.accessOrder().size;
  }

  private touch(key: StoreKey): void {
    const order = this.accessOrder();
    order.delete(key);
    order.add(key);
  }

  private shrink(): void {
    const order = this.accessOrder();
    for (const key of order) {
      if (order.size <= this.maxEntries) return;
      order.delete(key);
      this.rows.put(key, null);
      this.onForget(key);
    }
  }

  private accessOrder(): Set<StoreKey> {
    if (this.order !== null) return this.order;
    const order = (this.order = new Set<StoreKey>());
    for (const { key } of this.rows.iterate({ from: null, to: null, reverse: false })) order.add(key);
    return order;
  }
}
