import type { RestoredRows, TaskState } from "../index.js";
import { restoredRows, type RestoredRow } from "./rows.js";

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

/** The stores of the records. */
export const STORES = ["s", "t"] as const;

/** The changelog of one of the stores alone; its offsets are indexes of records, with holes where they are the other's. */
export const changelogOf = (store: string): string => `${store}-changelog-0`;

/** The rows of one store among records `[from, to)`, as its changelog has them. */
export const recordsToRestore = (store: string, from: number, to: number): RestoredRows => {
  const rows: RestoredRow[] = [];
  for (let index = from; index < to; index += 1) {
    const { store: owner, key, value } = numberedRecord(index);
    if (owner === store) rows.push({ key, value: value === null ? null : Buffer.from(value) });
  }
  return restoredRows(rows);
};
