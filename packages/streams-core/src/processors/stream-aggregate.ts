import type { Change, NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { Aggregator, Initializer } from "./functions.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface StreamAggregateOptions<K, V, A> {
  readonly store: string;
  readonly init: Initializer<A>;
  readonly add: Aggregator<K, V, A>;
  readonly sendOldValues: boolean;
}

class StreamAggregate<K, V, A> implements Processor<K | null, V | null, K, Change<A>> {
  readonly #options: StreamAggregateOptions<K, V, A>;
  #context!: NodeContext;
  #store!: TableStore<K, A>;
  #forwarder!: ChangeForwarder<K, A>;

  constructor(options: StreamAggregateOptions<K, V, A>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    this.#store = tableStoreOf<K, A>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K | null, V | null>): void {
    const context = this.#context;
    const { key, value } = record;
    if (key === null || value === null) {
      context.dropRecord("a null key or a null value cannot be aggregated");
      return;
    }
    const row = this.#store.fetch(key);
    const timestamp = row === null ? record.timestamp : Math.max(record.timestamp, row.timestamp);
    const before = row === null ? this.#initial() : row.value;
    const after = this.#options.add(key, value, before, context.recordContext);
    if (after === undefined) throw new UndefinedResultError(context.nodeName, "aggregator");
    const oldValue = this.#oldValue(key, row === null);
    this.#forwarder.update(record, after, oldValue, timestamp);
  }

  #initial(): A {
    const value = this.#options.init();
    if (value === undefined) throw new UndefinedResultError(this.#context.nodeName, "initializer");
    return value;
  }

  // Decoded anew, because the aggregator may have changed the value it was handed. Without a row Kafka Streams' old
  // value is what the initializer gives.
  #oldValue(key: K, isNew: boolean): A | null {
    if (!this.#forwarder.needsOldValue) return null;
    return isNew ? this.#initial() : this.#store.fetch(key)!.value;
  }
}

/**
 * Aggregates by key (A2): `init` only where there is no row, result timestamp the greatest so far. Null keys and null
 * values are dropped and counted (T7); null from `add` deletes the row and sends a tombstone.
 */
export function streamAggregate<K, V, A>(
  options: StreamAggregateOptions<K, V, A>,
): ProcessorSupplier<K | null, V | null, K, Change<A>> {
  return { get: () => new StreamAggregate(options) };
}
