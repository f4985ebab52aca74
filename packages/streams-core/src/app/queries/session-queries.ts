import type { Windowed } from "../../model/index.js";
import { LAST_MS, type SegmentedScans } from "./segmented-scans.js";
import type { KeyRangeOptions, OrderOptions, SessionQueries } from "./store-queries.js";

const itself = (window: Windowed<unknown>): Windowed<unknown> => window;

/** {@link SessionQueries} over the parts of a store that are here. */
export class LocalSessionQueries implements SessionQueries<unknown, unknown> {
  readonly #scans: SegmentedScans;

  constructor(scans: SegmentedScans) {
    this.#scans = scans;
  }

  async get(key: unknown, startMs: number, endMs: number): Promise<unknown> {
    return this.#scans.find(key, endMs, startMs);
  }

  fetch(key: unknown, options: OrderOptions = {}) {
    return this.findSessions(key, 0, LAST_MS, options);
  }

  findSessions(key: unknown, fromMs: number, maxSecond: number, { reverse = false }: OrderOptions = {}) {
    return this.#scans.rows((reads) => reads.rowsOf(key, { fromMs, toMs: LAST_MS, maxSecond, reverse }), itself);
  }

  fetchRange({ from, to, reverse = false }: KeyRangeOptions<unknown> = {}) {
    const query = { fromKey: from ?? null, toKey: to ?? null, fromMs: 0, toMs: LAST_MS, reverse };
    return this.#scans.rows((reads) => reads.rowsIn(query), itself);
  }
}
