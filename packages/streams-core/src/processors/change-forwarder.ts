import { Change, StreamRecord } from "../model/index.js";
import type { NodeContext, TableStore } from "../model/index.js";

/**
 * Hands a materialised table's updates downstream: at once, or when the store's cache lets go of them (A4). One per
 * node and task.
 */
export class ChangeForwarder<K, V> {
  /** True: the cache forwards, and `forward` does nothing. */
  readonly deferred: boolean;
  /** True: `forward` wants to know the value before. */
  readonly needsOldValue: boolean;
  readonly #context: NodeContext;
  readonly #sendOldValues: boolean;

  constructor(context: NodeContext, store: TableStore<K, V>, sendOldValues: boolean) {
    this.#context = context;
    this.#sendOldValues = sendOldValues;
    // eslint-disable-next-line max-params -- the store's contract: no object per update on the hot path
    this.deferred = store.onFlush((key, newValue, oldValue, timestamp, headers) => {
      const change = new Change(newValue, sendOldValues ? oldValue : null);
      context.emit(new StreamRecord<unknown, unknown>(key, change, timestamp, headers));
    }, sendOldValues);
    this.needsOldValue = sendOldValues && !this.deferred;
  }

  /** `cause`: the record that led to the update; its key and headers go with it. */
  forward(cause: StreamRecord<unknown, unknown>, newValue: V | null, oldValue: V | null, timestamp: number): void {
    if (this.deferred) return;
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null);
    this.#context.emit(new StreamRecord<unknown, unknown>(cause.key, change, timestamp, cause.headers));
  }
}
