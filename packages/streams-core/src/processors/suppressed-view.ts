import type { SuppressStore, TableView, TableViewSupplier, ValueAndTimestamp } from "../model/index.js";
import { noHistory } from "./table-views.js";

/** As in Kafka Streams, the buffer does not know the time of the row before. */
const UNKNOWN_TIME = -1;

class SuppressedView<K, V> implements TableView<K, V> {
  readonly versioned = false;
  readonly #buffer: SuppressStore<K, V>;
  readonly #parent: TableView<K, V>;

  constructor(buffer: SuppressStore<K, V>, parent: TableView<K, V>) {
    this.#buffer = buffer;
    this.#parent = parent;
  }

  get(key: K): ValueAndTimestamp<V> | null {
    const prior = this.#buffer.priorValue(key);
    if (prior === undefined) return this.#parent.get(key);
    return prior === null ? null : { value: prior, timestamp: UNKNOWN_TIME };
  }

  getAsOf(): never {
    return noHistory();
  }
}

/** Rows of `parent` as they were before the updates that wait in `buffer` (S3). */
export function suppressedView<K, V>(buffer: string, parent: TableViewSupplier<K, V>): TableViewSupplier<K, V> {
  return {
    stores: [buffer, ...parent.stores],
    open: (context) => new SuppressedView(context.getStateStore<SuppressStore<K, V>>(buffer), parent.open(context)),
  };
}
