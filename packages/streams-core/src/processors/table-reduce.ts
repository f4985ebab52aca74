import type { Change, NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { Reducer } from "./functions.js";
import { NullTableKeyError } from "./null-table-key-error.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface TableReduceOptions<V> {
  readonly store: string;
  readonly add: Reducer<V>;
  readonly subtract: Reducer<V>;
  readonly sendOldValues: boolean;
}

class TableReduce<K, V> implements Processor<K | null, Change<V>, K, Change<V>> {
  readonly #options: TableReduceOptions<V>;
  #context!: NodeContext;
  #store!: TableStore<K, V>;
  #forwarder!: ChangeForwarder<K, V>;

  constructor(options: TableReduceOptions<V>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = tableStoreOf<K, V>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K | null, Change<V>>): void {
    const key = record.key;
    if (key === null) throw new NullTableKeyError(this.#context.nodeName);
    const { newValue, oldValue } = record.value;
    const row = this.#store.fetch(key);
    const subtracts = oldValue !== null && row !== null;
    const present = row === null ? null : row.value;
    const left = subtracts ? this.#reduce("subtract", row.value, oldValue) : present;
    const adds = newValue !== null && left !== null;
    const after = adds ? this.#reduce("add", left, newValue) : left === null ? newValue : left;
    const timestamp = subtracts || adds ? Math.max(record.timestamp, row!.timestamp) : record.timestamp;
    // Decoded anew: the reducers may have changed the one they were handed.
    const before = row !== null && this.#forwarder.needsOldValue ? this.#store.fetch(key)!.value : null;
    this.#forwarder.update(record, after, before, timestamp);
  }

  #reduce(which: "add" | "subtract", aggregate: V, value: V): V | null {
    const after = this.#options[which](aggregate, value, this.#context.recordContext);
    if (after === undefined) throw new UndefinedResultError(this.#context.nodeName, `${which}ing reducer`);
    return after;
  }
}

/**
 * The second half of a table's `reduce` (A6): takes the old value out, then puts the new one in; the first value passes
 * through unchanged. Throws on a null key (A7).
 */
export function tableReduce<K, V>(
  options: TableReduceOptions<V>,
): ProcessorSupplier<K | null, Change<V>, K, Change<V>> {
  return { get: () => new TableReduce<K, V>(options) };
}
