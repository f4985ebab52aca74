import type { StoreIterator, StoreKey } from "@millrace/state-stores";
import type { StoredRow } from "../merged-rows.js";
import type { RowSource } from "../row-source.js";

/** The latest version of each row that is not deleted, of a snapshot of all versions. */
export class LatestVersions implements RowSource {
  private readonly rows: StoreIterator;
  private readonly latestMs: ReadonlyMap<StoreKey, number>;
  private readonly split: (rowKey: StoreKey) => readonly [key: StoreKey, timeMs: number];

  constructor(
    rows: StoreIterator,
    latestMs: ReadonlyMap<StoreKey, number>,
    split: (rowKey: StoreKey) => readonly [key: StoreKey, timeMs: number],
  ) {
    this.rows = rows;
    this.latestMs = latestMs;
    this.split = split;
  }

  next(): StoredRow | null {
    for (;;) {
      const { done, value } = this.rows.next();
      if (done === true) return null;
      const [key, timeMs] = this.split(value.key);
      if (this.latestMs.get(key) === timeMs) return { key: value.key, bytes: value.value };
    }
  }

  close(): void {
    this.rows.close();
  }
}
