import type { Environment } from "@millrace/kernel";
import type { KeyValue, StoreRangeIterator, ValueAndTimestamp, Windowed } from "../../model/index.js";
import type { SegmentedReads } from "../../stores/index.js";
import { firstOfParts, rowsOfParts } from "./part-rows.js";
import type { QueryRows } from "./query-rows.js";
import type { ShowRow } from "./shown-row.js";
import type { StoreParts } from "./store-parts.js";

/** All times there are. */
export const LAST_MS = Number.MAX_SAFE_INTEGER;

type Reads = SegmentedReads<unknown, unknown>;

/** What window and session stores have in common: rows of a key and rows of many, by time. */
export class SegmentedScans {
  readonly #environment: Environment;
  readonly #parts: StoreParts;
  readonly #show: ShowRow;

  constructor(environment: Environment, parts: StoreParts, show: ShowRow) {
    this.#environment = environment;
    this.#parts = parts;
    this.#show = show;
  }

  async find(key: unknown, timeMs: number, second: number): Promise<unknown> {
    const row = await firstOfParts(this.#parts, (reads: Reads) => reads.get(key, timeMs, second));
    return row === null ? null : this.#show(row);
  }

  rows<K>(
    open: (reads: Reads) => StoreRangeIterator<Windowed<unknown>, ValueAndTimestamp<unknown>>,
    keyOf: (window: Windowed<unknown>) => K,
  ): QueryRows<KeyValue<K, unknown>> {
    const show = ({ key, value }: KeyValue<Windowed<unknown>, ValueAndTimestamp<unknown>>) => ({
      key: keyOf(key),
      value: this.#show(value),
    });
    return rowsOfParts(this.#environment, this.#parts, { open, show });
  }
}
