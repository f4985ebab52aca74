import type { KeyRange, StoreKey } from "../contract/index.js";

const LAST_BYTE = 0xff;

/** Negative, zero or positive, as the bytes of `left` sort before, equal or after those of `right`. */
export const compareKeys = (left: StoreKey, right: StoreKey): number => (left < right ? -1 : left === right ? 0 : 1);

/** The key just after `key`: the smallest that is greater. Makes an inclusive upper bound of an exclusive one. */
export const keyAfter = (key: StoreKey): StoreKey => `${key}\0`;

/** The smallest key greater than all keys that start with `prefix`; null when there is none (empty, or only 0xFF bytes). */
export const prefixEnd = (prefix: StoreKey): StoreKey | null => {
  let length = prefix.length;
  while (length > 0 && prefix.charCodeAt(length - 1) === LAST_BYTE) length -= 1;
  if (length === 0) return null;
  return prefix.slice(0, length - 1) + String.fromCharCode(prefix.charCodeAt(length - 1) + 1);
};

/** All keys that start with `prefix`. */
export const prefixRange = (prefix: StoreKey, reverse = false): KeyRange => ({
  from: prefix,
  to: prefixEnd(prefix),
  reverse,
});

/** Every key, ascending. */
export const ALL_KEYS: KeyRange = { from: null, to: null, reverse: false };

/** Whether `key` lies in `range`. */
export const inRange = (key: StoreKey, range: KeyRange): boolean =>
  (range.from === null || key >= range.from) && (range.to === null || key < range.to);

/** The later of two lower bounds; null is before all. */
export const laterBound = (bound: StoreKey | null, other: StoreKey | null): StoreKey | null => {
  if (bound === null || other === null) return bound ?? other;
  return bound > other ? bound : other;
};
