import type { BytesStore, KeyRange, StateStamp, StoreKey } from "../contract/index.js";
import { ALL_KEYS } from "../keys/key-range.js";
import { keyBytes, storeKey } from "../keys/store-key.js";
import { RestoredRows } from "../restoring/restored-rows.js";

/** A value made of ASCII text. */
export const valueOf = (text: string): Uint8Array => keyBytes(text);

/** Text of a value; null stays null. */
export const textOf = (value: Uint8Array | null): string | null => (value === null ? null : storeKey(value));

/** Rows of a range as `key=value` texts. */
export const rowsOf = (store: BytesStore, range: Partial<KeyRange> = {}): string[] =>
  [...store.iterate({ ...ALL_KEYS, ...range })].map(({ key, value }) => `${key}=${textOf(value)}`);

/** Writes rows given as `key=value`, or `key` alone to delete. */
export const putRows = (store: BytesStore, ...rows: string[]): void => {
  for (const row of rows) {
    const [key, value] = row.split("=") as [string, string?];
    store.put(key, value === undefined ? null : valueOf(value));
  }
};

export interface RestoredRow {
  readonly key: StoreKey;
  readonly value: Uint8Array | null;
}

/** Rows as they come from a changelog. */
export const restoredRows = (rows: readonly RestoredRow[]): RestoredRows => {
  const restored = new RestoredRows();
  for (const { key, value } of rows) {
    if (value === null) restored.delete(key);
    else {
      const start = restored.add(key, value.length);
      restored.slab.set(value, start);
    }
  }
  return restored;
};

/** A stamp that differs from others by its time. */
export const stampAt = (committedAtMs: number): StateStamp => ({
  clusterId: "cluster",
  committedAtMs,
  notes: { version: "1" },
});

/** The code of the error that the call or its promise ends in; "none" without one. */
export const errorCodeOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call();
    return "none";
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
};
