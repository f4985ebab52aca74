import type { TaskState } from "../index.js";

const KEYS = 30_011;

/** The endless changelog that both sides of the kill test know: record `index` sets or deletes a key of one of two stores. */
export const numberedRecord = (index: number): { store: string; key: string; value: string | null } => ({
  store: index % 3 === 0 ? "t" : "s",
  key: `k${(index * 7919) % KEYS}`,
  value: index % 7 === 0 ? null : String(index),
});

/** Applies records `[from, to)`. */
export const putRecords = (state: TaskState, from: number, to: number): void => {
  for (let index = from; index < to; index += 1) {
    const { store, key, value } = numberedRecord(index);
    state.store(store).put(key, value === null ? null : Buffer.from(value));
  }
};

/** Rows of a store once records `[0, end)` have been applied, as text by key. */
export const rowsAfter = (end: number, store: string): Map<string, string> => {
  const rows = new Map<string, string>();
  for (let index = 0; index < end; index += 1) {
    const record = numberedRecord(index);
    if (record.store !== store) continue;
    if (record.value === null) rows.delete(record.key);
    else rows.set(record.key, record.value);
  }
  return rows;
};

/** The changelog whose offset counts the records. */
export const CHANGELOG = "numbers-changelog-0";
