import { Change, putIsLatest, putRefused, StreamRecord } from "../model/index.js";
import type { NodeContext, TableStore } from "../model/index.js";

/**
 * Keeps a materialised table's rows and hands its updates downstream: at once, or when the store's cache lets go of them
 * (A4). One per node and task.
 */
export class ChangeForwarder<K, V> {
  /** True: the cache hands updates on, and `update` only writes. */
  readonly deferred: boolean;
  /** True: `update` wants to know the value before. */
  readonly needsOldValue: boolean;
  readonly #context: NodeContext;
  readonly #store: TableStore<K, V>;
  readonly #sendOldValues: boolean;

  constructor(context: NodeContext, store: TableStore<K, V>, sendOldValues: boolean) {
    this.#context = context;
    this.#store = store;
    this.#sendOldValues = sendOldValues;
    // eslint-disable-next-line max-params -- the store's contract: no object per update on the hot path
    this.deferred = store.onFlush((key, newValue, oldValue, timestamp, headers) => {
      const change = new Change(newValue, sendOldValues ? oldValue : null);
      context.emit(new StreamRecord<unknown, unknown>(key, change, timestamp, headers));
    }, sendOldValues);
    this.needsOldValue = sendOldValues && !this.deferred;
  }

  /**
   * Writes the row and hands the update on, unless the store refuses it as older than its history. `cause`: the record
   * that led to the update; its key and headers go with it.
   */
  update(cause: StreamRecord<unknown, unknown>, newValue: V | null, oldValue: V | null, timestamp: number): void {
    const validToMs = this.#store.write(cause.key as K, newValue, timestamp);
    if (this.deferred || validToMs === putRefused) return;
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null, validToMs === putIsLatest);
    this.#context.emit(new StreamRecord<unknown, unknown>(cause.key, change, timestamp, cause.headers));
  }
}
