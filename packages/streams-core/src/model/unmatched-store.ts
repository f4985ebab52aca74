import type { StateStore } from "./state-store.js";

/** Records of one side, key and time that met nobody so far. */
export interface UnmatchedRow<K, L, R> {
  readonly key: K;
  readonly timestampMs: number;
  readonly isLeft: boolean;
  /** In the order in which they came. */
  readonly values: readonly (L | R)[];
}

/**
 * What a left or outer stream-stream join keeps until it is certain that nobody comes (J3): records by time, side and key,
 * right before left. Both sides of the join share it. Asking for the oldest row is cheap, whatever the engine.
 */
export interface UnmatchedStore<K, L, R> extends StateStore {
  /** Puts a value behind those of the same key, time and side. */
  add(key: K, timestampMs: number, isLeft: boolean, value: L | R): void;
  /** Forgets all values of the key, time and side; nothing where there are none. */
  remove(key: K, timestampMs: number, isLeft: boolean): void;
  /** Time of the side's oldest row; Infinity without rows. */
  oldestMs(isLeft: boolean): number;
  /** Time of the side's newest row; -1 without rows. */
  newestMs(isLeft: boolean): number;
  /** Time of the first row behind the oldest ones of both sides; -1 if there is none. Both sides must have rows. */
  behindOldestMs(): number;
  /** The side's oldest row. The side must have rows. */
  oldest(isLeft: boolean): UnmatchedRow<K, L, R>;
}
