import type { Windowed } from "../../model/index.js";
import { LAST_MS, type SegmentedScans } from "./segmented-scans.js";
import type { KeyRangeOptions, OrderOptions, WindowQueries } from "./store-queries.js";

const itself = (window: Windowed<unknown>): Windowed<unknown> => window;
const startOf = (window: Windowed<unknown>): number => window.startMs;

/** {@link WindowQueries} over the parts of a store that are here. */
export class LocalWindowQueries implements WindowQueries<unknown, unknown> {
  readonly #scans: SegmentedScans;

  constructor(scans: SegmentedScans) {
    this.#scans = scans;
  }

  async get(key: unknown, startMs: number): Promise<unknown> {
    return this.#scans.find(key, startMs, 0);
  }

  fetch(key: unknown, fromMs: number, toMs: number, { reverse = false }: OrderOptions = {}) {
    return this.#scans.rows((reads) => reads.rowsOf(key, { fromMs, toMs, reverse }), startOf);
  }

  fetchRange(fromMs: number, toMs: number, { from, to, reverse = false }: KeyRangeOptions<unknown> = {}) {
    const query = { fromKey: from ?? null, toKey: to ?? null, fromMs, toMs, reverse };
    return this.#scans.rows((reads) => reads.rowsIn(query), itself);
  }

  fetchAll(fromMs: number, toMs: number, options: OrderOptions = {}) {
    return this.fetchRange(fromMs, toMs, options);
  }

  all(options: OrderOptions = {}) {
    return this.fetchRange(0, LAST_MS, options);
  }
}
