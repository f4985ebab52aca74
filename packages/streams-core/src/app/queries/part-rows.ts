import type { Environment } from "@millrace/kernel";
import type { KeyValue, StoreRangeIterator } from "../../model/index.js";
import type { StoreReads } from "../../stores/index.js";
import { whenPrepared } from "../when-prepared.js";
import { chunksOf, QueryRows, type RowReader } from "./query-rows.js";
import { readsOf, type StorePart, type StoreParts } from "./store-parts.js";

/** How one part's rows are read, and what is shown of each. */
export interface PartScan<Q extends StoreReads, K, V, R> {
  readonly open: (reads: Q) => StoreRangeIterator<K, V>;
  readonly show: (row: KeyValue<K, V>) => R;
}

/** Rows of all parts, one part after the other; their snapshots are taken at the same moment. */
export function rowsOfParts<Q extends StoreReads, K, V, R>(
  environment: Environment,
  parts: StoreParts,
  scan: PartScan<Q, K, V, R>,
): QueryRows<R> {
  return new QueryRows(() => chunksOf(environment, () => new PartRows(parts, scan)));
}

class PartRows<Q extends StoreReads, K, V, R> implements RowReader<R> {
  readonly #parts: StoreParts;
  readonly #show: PartScan<Q, K, V, R>["show"];
  readonly #left: { readonly part: StorePart; readonly rows: StoreRangeIterator<K, V> }[] = [];

  constructor(parts: StoreParts, { open, show }: PartScan<Q, K, V, R>) {
    this.#parts = parts;
    this.#show = show;
    try {
      for (const part of parts.find()) this.#left.push({ part, rows: open(readsOf<Q>(part)) });
    } catch (error) {
      this.close();
      throw error;
    }
  }

  next(): R | undefined {
    for (;;) {
      const first = this.#left[0];
      if (first === undefined) return undefined;
      // A task that goes takes its snapshots along: their end must not pass for the end of the rows.
      this.#parts.require(first.part);
      const { done, value } = first.rows.next();
      if (done !== true) return this.#show(value);
      this.#left.shift();
    }
  }

  close(): void {
    for (const { rows } of this.#left.splice(0)) rows.return();
  }
}

/** The first answer that is not null of the parts, asked in turn; again when a row of a standby's had to be learned to be read. */
export function firstOfParts<Q extends StoreReads, R>(
  parts: StoreParts,
  ask: (reads: Q) => R | null,
): Promise<R | null> {
  return whenPrepared(() => {
    for (const part of parts.find()) {
      const answer = ask(readsOf<Q>(part));
      if (answer !== null) return answer;
    }
    return null;
  });
}
