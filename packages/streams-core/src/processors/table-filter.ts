import { Change } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import type { KeyValueFunction } from "./functions.js";
import { tableStoreOf } from "./table-store-of.js";
import { UndefinedResultError } from "./undefined-result-error.js";

export interface TableFilterOptions<K, V> {
  readonly predicate: KeyValueFunction<K, V, boolean>;
  /** True: keeps the rows the predicate does not hold for. */
  readonly negate: boolean;
  /** Null: not materialised. */
  readonly store: string | null;
  /** True also where the parent is materialised anyway: then tombstones nobody waits for are left out (B1). */
  readonly sendOldValues: boolean;
  /** True after a versioned table: then also updates without a row before and after go on (B4). Default false. */
  readonly versioned?: boolean;
}

class TableFilter<K, V> implements Processor<K, Change<V>, K, Change<V>> {
  readonly #options: TableFilterOptions<K, V>;
  #context!: NodeContext;
  #store: TableStore<K, V> | null = null;
  #forwarder: ChangeForwarder<K, V> | null = null;

  constructor(options: TableFilterOptions<K, V>) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    if (this.#options.store === null) return;
    this.#store = tableStoreOf<K, V>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K, Change<V>>): void {
    const { key, value: change } = record;
    const sendOldValues = this.#options.sendOldValues;
    const newValue = this.#keep(key, change.newValue);
    const oldValue = sendOldValues ? this.#before(key, change) : null;
    if (sendOldValues && oldValue === null && newValue === null && this.#options.versioned !== true) return;
    if (this.#store === null) {
      this.#context.emit(record.withValue(new Change(newValue, oldValue, change.isLatest)));
      return;
    }
    this.#forwarder!.update(record, newValue, oldValue, record.timestamp);
  }

  #before(key: K, change: Change<V>): V | null {
    if (this.#store === null) return this.#keep(key, change.oldValue);
    const row = this.#store.fetch(key);
    return row === null ? null : row.value;
  }

  #keep(key: K, value: V | null): V | null {
    if (value === null) return null;
    const matches = this.#options.predicate(key, value, this.#context.recordContext);
    if (matches === undefined) throw new UndefinedResultError(this.#context.nodeName, "predicate");
    return Boolean(matches) === this.#options.negate ? null : value;
  }
}

/** Rows the predicate refuses become tombstones (B1). The predicate does not see deletions. */
export function tableFilter<K, V>(options: TableFilterOptions<K, V>): ProcessorSupplier<K, Change<V>, K, Change<V>> {
  return { get: () => new TableFilter(options) };
}
