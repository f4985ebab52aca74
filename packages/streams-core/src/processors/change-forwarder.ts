import { Change, StreamRecord } from "../model/index.js";
import type { Headers, NodeContext, TableStore } from "../model/index.js";

/**
 * Hands a materialised table's updates downstream: at once, or when the store's cache lets go of them (A4). One per
 * node and task.
 */
export class ChangeForwarder<K, V> {
  /** True: the cache forwards, and `forward` does nothing. */
  readonly deferred: boolean;
  readonly #context: NodeContext;
  readonly #sendOldValues: boolean;

  constructor(context: NodeContext, store: TableStore<K, V>, sendOldValues: boolean) {
    this.#context = context;
    this.#sendOldValues = sendOldValues;
    this.deferred = store.onFlush((key, newValue, oldValue, timestamp, headers) => {
      this.#emit(key, newValue, oldValue, timestamp, headers);
    }, sendOldValues);
  }

  // A flat list of arguments: an object for each update would be garbage on the hot path.
  forward(key: K, newValue: V | null, oldValue: V | null, timestamp: number, headers: Headers): void {
    if (!this.deferred) this.#emit(key, newValue, oldValue, timestamp, headers);
  }

  #emit(key: K, newValue: V | null, oldValue: V | null, timestamp: number, headers: Headers): void {
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null);
    this.#context.emit(new StreamRecord<unknown, unknown>(key, change, timestamp, headers));
  }
}
