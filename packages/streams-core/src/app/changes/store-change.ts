/** A row of a store as `app.changes` tells it. */
export interface StoreChange<K, V> {
  /**
   * "snapshot": the row was there when its partition was first looked at. "update": it was written after. No write is
   * told twice, and none between the two is left out.
   */
  readonly kind: "snapshot" | "update";
  readonly key: K;
  /** Null: the row was deleted. Rows that are forgotten for their age or number are not told. */
  readonly value: V | null;
  /** Of the record that made the row; -1 where the store keeps none. */
  readonly timestamp: number;
  /** Null: a global store. */
  readonly partition: number | null;
}

/** What happens when more changes wait than may. */
export type ChangesOverflow = "error" | "dropOldest" | "latestPerKey";

export interface ChangesOptions {
  /** How many changes may wait to be taken, and under exactly-once to be committed. Default 100,000. */
  readonly bufferMax?: number;
  /**
   * When there are more: "error", the default, ends with ChangesOverflowError; "dropOldest" forgets the oldest updates and
   * counts them in the metric `changes-dropped-total`. "latestPerKey" keeps only the last update of each key from the
   * beginning, and ends with the error when that is too much still.
   */
  readonly overflow?: ChangesOverflow;
}

export const changesDefaults = { bufferMax: 100_000, overflow: "error" } as const;
