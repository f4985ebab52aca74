import { Change } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { ValueKeyFunction } from "./functions.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface TableMapValuesOptions<K, V, V2> {
  readonly mapper: ValueKeyFunction<V, K, V2 | null>;
  /** Null: not materialised. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
}

class TableMapValues<K, V, V2> implements Processor<K, Change<V>, K, Change<V2>> {
  readonly #options: TableMapValuesOptions<K, V, V2>;
  #context!: NodeContext;
  #store: TableStore<K, V2> | null = null;
  #forwarder: ChangeForwarder<K, V2> | null = null;

  constructor(options: TableMapValuesOptions<K, V, V2>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    if (this.#options.store === null) return;
    this.#store = tableStoreOf<K, V2>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, value: change } = record;
    const newValue = this.#map(key, change.newValue);
    const oldValue = this.#options.sendOldValues ? this.#before(key, change) : null;
    if (this.#store === null) {
      this.#context.emit(record.withValue(new Change(newValue, oldValue, change.isLatest)));
      return;
    }
    this.#forwarder!.update(record, newValue, oldValue, record.timestamp);
  }

  #before(key: K, change: Change<V>): V2 | null {
    if (this.#store === null) return this.#map(key, change.oldValue);
    const row = this.#store.fetch(key);
    return row === null ? null : row.value;
  }

  #map(key: K, value: V | null): V2 | null {
    if (value === null) return null;
    const mapped = this.#options.mapper(value, key, this.#context.recordContext);
    if (mapped === undefined) throw new UndefinedResultError(this.#context.nodeName, "mapper");
    return mapped;
  }
}

/** Another value for each row; deletions pass as they are, unseen by the mapper (B2). */
export function tableMapValues<K, V, V2>(
  options: TableMapValuesOptions<K, V, V2>,
): ProcessorSupplier<K, Change<V>, K, Change<V2>> {
  return { get: () => new TableMapValues(options) };
}
