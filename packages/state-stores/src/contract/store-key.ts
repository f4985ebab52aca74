/**
 * A serialised key as a latin1 string: one character per byte. Equality and order of the strings are equality and
 * unsigned lexicographic order of the bytes, so the string is map key and sort key in one.
 */
export type StoreKey = string;

/** A half-open range of keys in byte order: `from` inclusive, `to` exclusive, null = open. */
export interface KeyRange {
  readonly from: StoreKey | null;
  readonly to: StoreKey | null;
  readonly reverse: boolean;
}

/** A row during iteration. */
export interface StoreEntry {
  readonly key: StoreKey;
  readonly value: Uint8Array;
}

/** Synchronous, on a snapshot taken when it was made. Closed by `return()`, by running to its end, or by `close()`; leaks are counted. */
export interface StoreIterator extends IterableIterator<StoreEntry> {
  next(): IteratorResult<StoreEntry, undefined>;
  return(): IteratorResult<StoreEntry, undefined>;
  close(): void;
}
