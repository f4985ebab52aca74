import type { Environment } from "@millrace/kernel";
import type { KeyValue, Serde, StoreRangeIterator, ValueAndTimestamp } from "../../model/index.js";
import type { KeyValueReads } from "../../stores/index.js";
import { firstOfParts, rowsOfParts } from "./part-rows.js";
import type { QueryRows } from "./query-rows.js";
import type { ShowRow } from "./shown-row.js";
import type { StoreParts } from "./store-parts.js";
import type { KeyRangeOptions, KeyValueQueries, OrderOptions } from "./store-queries.js";

type Reads = KeyValueReads<unknown, unknown>;

/** {@link KeyValueQueries} over the parts of a store that are here. */
export class LocalKeyValueQueries implements KeyValueQueries<unknown, unknown> {
  readonly #environment: Environment;
  readonly #parts: StoreParts;
  readonly #show: ShowRow;

  constructor(environment: Environment, parts: StoreParts, show: ShowRow) {
    this.#environment = environment;
    this.#parts = parts;
    this.#show = show;
  }

  async get(key: unknown): Promise<unknown> {
    const row = await firstOfParts(this.#parts, (reads: Reads) => reads.get(key));
    return row === null ? null : this.#show(row);
  }

  range({ from, to, reverse = false }: KeyRangeOptions<unknown> = {}): QueryRows<KeyValue<unknown, unknown>> {
    return this.#rows((reads) => reads.range(from ?? null, to ?? null, reverse));
  }

  all(options: OrderOptions = {}): QueryRows<KeyValue<unknown, unknown>> {
    return this.range(options);
  }

  prefixScan<P>(prefix: P, serde: Serde<P>, { reverse = false }: OrderOptions = {}) {
    return this.#rows((reads) => reads.prefix(prefix, serde, reverse));
  }

  async approximateNumEntries(): Promise<number> {
    let count = 0;
    for (const { store } of this.#parts.find()) count += (store.reads as Reads).approximateCount();
    return count;
  }

  #rows(
    open: (reads: Reads) => StoreRangeIterator<unknown, ValueAndTimestamp<unknown>>,
  ): QueryRows<KeyValue<unknown, unknown>> {
    const show = ({ key, value }: KeyValue<unknown, ValueAndTimestamp<unknown>>) => ({ key, value: this.#show(value) });
    return rowsOfParts(this.#environment, this.#parts, { open, show });
  }
}
