import type { Change, NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { Aggregator, Initializer } from "./functions.js";
import { NullTableKeyError } from "./null-table-key-error.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface TableAggregateOptions<K, V, A> {
  readonly store: string;
  readonly init: Initializer<A>;
  readonly add: Aggregator<K, V, A>;
  readonly subtract: Aggregator<K, V, A>;
  readonly sendOldValues: boolean;
}

class TableAggregate<K, V, A> implements Processor<K | null, Change<V>, K, Change<A>> {
  readonly #options: TableAggregateOptions<K, V, A>;
  #context!: NodeContext;
  #store!: TableStore<K, A>;
  #forwarder!: ChangeForwarder<K, A>;

  constructor(options: TableAggregateOptions<K, V, A>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = tableStoreOf<K, A>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K | null, Change<V>>): void {
    const key = record.key;
    if (key === null) throw new NullTableKeyError(this.#context.nodeName);
    const { newValue, oldValue } = record.value;
    const row = this.#store.fetch(key);
    const subtracts = oldValue !== null && row !== null;
    const present = row === null ? null : row.value;
    const left = subtracts ? this.#subtract(key, oldValue, row.value) : present;
    const after = newValue === null ? left : this.#add(key, newValue, left);
    const timestamp =
      row !== null && (subtracts || newValue !== null) ? Math.max(record.timestamp, row.timestamp) : record.timestamp;
    // Decoded anew: adder and subtractor may have changed the one they were handed.
    const before = row !== null && this.#forwarder.needsOldValue ? this.#store.fetch(key)!.value : null;
    this.#forwarder.update(record, after, before, timestamp);
  }

  #initial(): A {
    const value = this.#options.init();
    if (value === undefined) throw new UndefinedResultError(this.#context.nodeName, "initializer");
    return value;
  }

  #add(key: K, value: V, left: A | null): A | null {
    const aggregate = left === null ? this.#initial() : left;
    const after = this.#options.add(key, value, aggregate, this.#context.recordContext);
    if (after === undefined) throw new UndefinedResultError(this.#context.nodeName, "adder");
    return after;
  }

  #subtract(key: K, value: V, aggregate: A): A | null {
    const after = this.#options.subtract(key, value, aggregate, this.#context.recordContext);
    if (after === undefined) throw new UndefinedResultError(this.#context.nodeName, "subtractor");
    return after;
  }
}

/**
 * The second half of a table's `aggregate` and `count` (A6): takes the old value out, then puts the new one in, one
 * update for both. Throws on a null key (A7).
 */
export function tableAggregate<K, V, A>(
  options: TableAggregateOptions<K, V, A>,
): ProcessorSupplier<K | null, Change<V>, K, Change<A>> {
  return { get: () => new TableAggregate(options) };
}
