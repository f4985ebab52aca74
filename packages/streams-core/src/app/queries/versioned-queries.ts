import type { VersionRange } from "../../model/index.js";
import type { VersionedReads } from "../../stores/index.js";
import { firstOfParts } from "./part-rows.js";
import type { StoreParts } from "./store-parts.js";
import type { VersionedQueries } from "./store-queries.js";

type Reads = VersionedReads<unknown, unknown>;

/** {@link VersionedQueries} over the parts of a store that are here. */
export class LocalVersionedQueries implements VersionedQueries<unknown, unknown> {
  readonly #parts: StoreParts;

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  async get(key: unknown, asOfMs?: number) {
    return firstOfParts(this.#parts, (reads: Reads) => reads.get(key, asOfMs));
  }

  async history(key: unknown, range?: VersionRange) {
    const ofOnePart = await firstOfParts(this.#parts, (reads: Reads) => {
      const found = reads.history(key, range);
      return found.length === 0 ? null : found;
    });
    return ofOnePart ?? [];
  }
}
