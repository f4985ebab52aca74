import { Change } from "../model/index.js";
import type { NodeContext, Processor, ProcessorSupplier, StreamRecord, TableStore } from "../model/index.js";
import { ChangeForwarder } from "./change-forwarder.js";
import { tableStoreOf } from "./table-store-of.js";

export interface TableSourceOptions {
  /** Null: nobody needs the rows, updates only pass. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
}

class TableSource<K, V> implements Processor<K | null, V | null, K, Change<V>> {
  readonly #options: TableSourceOptions;
  #context!: NodeContext;
  #store: TableStore<K, V> | null = null;
  #forwarder: ChangeForwarder<K, V> | null = null;

  constructor(options: TableSourceOptions) {
    this.#options = options;
  }

  init(context: NodeContext): void {
    this.#context = context;
    if (this.#options.store === null) return;
    this.#store = tableStoreOf<K, V>(context, this.#options.store);
    this.#forwarder = new ChangeForwarder(context, this.#store, this.#options.sendOldValues);
  }

  process(record: StreamRecord<K | null, V | null>): void {
    const context = this.#context;
    const { key, value, timestamp } = record;
    if (key === null) {
      context.dropRecord("a table has no row for a null key");
      return;
    }
    const store = this.#store;
    if (store === null) {
      context.emit(record.withValue(new Change(value, null)));
      return;
    }
    const row = store.fetch(key);
    if (row !== null && timestamp < row.timestamp) {
      context.warn(
        "applied a table update that is older than the row it replaces; updates of a key should come in order of time",
      );
    }
    this.#forwarder!.update(record, value, row === null ? null : row.value, timestamp);
  }
}

/**
 * A changelog stream read as a table, from a topic or by `toTable` (K3). Null keys are dropped and counted, a null value deletes, and an update older than
 * the row still wins, with a warning.
 */
export function tableSource<K, V>(options: TableSourceOptions): ProcessorSupplier<K | null, V | null, K, Change<V>> {
  return { get: () => new TableSource<K, V>(options) };
}
