import type { Change, NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { Reducer } from "./functions.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface StreamReduceOptions<V> {
  readonly store: string;
  readonly reduce: Reducer<V>;
  readonly sendOldValues: boolean;
}

class StreamReduce<K, V> implements Processor<K | null, V | null, K, Change<V>> {
  readonly #options: StreamReduceOptions<V>;
  #context!: NodeContext;
  #store!: TableStore<K, V>;
  #forwarder!: ChangeForwarder<K, V>;

  constructor(options: StreamReduceOptions<V>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = tableStoreOf<K, V>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K | null, V | null>): void {
    const context = this.#context;
    const { key, value } = record;
    if (key === null || value === null) {
      context.dropRecord("a null key or a null value cannot be reduced");
      return;
    }
    const row = this.#store.fetch(key);
    if (row === null) {
      this.#forwarder.update(record, value, null, record.timestamp);
      return;
    }
    const after = this.#options.reduce(row.value, value, context.recordContext);
    if (after === undefined) throw new UndefinedResultError(context.nodeName, "reducer");
    const timestamp = Math.max(record.timestamp, row.timestamp);
    // Decoded anew: the reducer may have changed the one it was handed.
    const oldValue = this.#forwarder.needsOldValue ? this.#store.fetch(key)!.value : null;
    this.#forwarder.update(record, after, oldValue, timestamp);
  }
}

/**
 * Folds the values of a key (A1): the first passes through unchanged, result timestamp the greatest so far. Null keys
 * and null values are dropped and counted (T7); null from `reduce` deletes the row and sends a tombstone.
 */
export function streamReduce<K, V>(
  options: StreamReduceOptions<V>,
): ProcessorSupplier<K | null, V | null, K, Change<V>> {
  return { get: () => new StreamReduce<K, V>(options) };
}
