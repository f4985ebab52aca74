import { InvalidArgumentError } from "../model/index.js";
import { checkHistory } from "../stores/index.js";

/** A named store of a special make, for the `supplier` option of tables and aggregations. It may be used for several. */
export interface StoreSupplier {
  readonly name: string;
  readonly engine: "memory" | "persistent";
  /** What it can keep. Absent: rows by key, as tables and aggregates have them. */
  readonly kind?: "versioned" | "window" | "session";
  /** Null: keeps every row. */
  readonly maxEntries: number | null;
  /** How long rows are kept, or how far their history reaches. */
  readonly retentionMs?: number;
  readonly windowSizeMs?: number;
  readonly segmentIntervalMs?: number;
  /** Rows lose their timestamps and come back with -1. */
  readonly forgetsTimestamps?: boolean;
}

/** Keeps rows in memory, whatever the app keeps its other state in. Kafka Streams' `inMemoryKeyValueStore`. */
export function inMemoryStore(name: string): StoreSupplier {
  return Object.freeze({ name, engine: "memory", maxEntries: null });
}

/** Whether rows are stored with the timestamps of the records that made them. */
export interface TimestampsOptions {
  /** False: rows come back with timestamp -1, so that results depend on what is cached. Default true. */
  readonly timestamps?: boolean;
}

/**
 * Keeps rows on disk. Kafka Streams' `persistentTimestampedKeyValueStore`; without timestamps its
 * `persistentKeyValueStore`.
 */
export function persistentStore(name: string, { timestamps = true }: TimestampsOptions = {}): StoreSupplier {
  return Object.freeze({
    name,
    engine: "persistent",
    maxEntries: null,
    ...(timestamps ? {} : { forgetsTimestamps: true }),
  });
}

/**
 * Keeps the rows used last, in memory, and forgets the one not used for longest beyond `maxEntries`. Kafka Streams'
 * `lruMap`. Throws InvalidArgumentError unless `maxEntries` is a positive integer.
 */
export function lruMap(name: string, maxEntries: number): StoreSupplier {
  if (!Number.isInteger(maxEntries) || maxEntries < 1) {
    throw new InvalidArgumentError(`Store ${name}: maxEntries is ${maxEntries}, it must be an integer of at least 1.`);
  }
  return Object.freeze({ name, engine: "memory", maxEntries });
}

/** How far the history of a versioned table reaches back, and how it is cut (ST3). */
export interface VersionedSupplierOptions {
  /** By observed stream time; older updates are dropped. At least 0. */
  readonly historyRetentionMs: number;
  /** Default: a part of the history, as in Kafka Streams. */
  readonly segmentIntervalMs?: number;
}

/**
 * Keeps the history of rows, so that joins find what was valid at a record's time, and late updates do not overwrite
 * later ones (KIP-914). Kafka Streams' `persistentVersionedKeyValueStore`. It has no cache. Throws InvalidArgumentError
 * for a negative history.
 */
export function versionedStore(name: string, options: VersionedSupplierOptions): StoreSupplier {
  const { historyRetentionMs: retentionMs, segmentIntervalMs } = options;
  checkHistory(name, retentionMs, segmentIntervalMs);
  const segments = segmentIntervalMs === undefined ? {} : { segmentIntervalMs };
  return Object.freeze({ name, engine: "persistent", kind: "versioned", maxEntries: null, retentionMs, ...segments });
}

/** How long windows are kept, by their start, and how long they are. */
export interface WindowSupplierOptions extends TimestampsOptions {
  /** Not less than the windows' size and grace, which the aggregation checks. */
  readonly retentionMs: number;
  readonly windowSizeMs: number;
  /** Default "persistent". In memory, rows go by start, then key (conformance §5). */
  readonly engine?: "memory" | "persistent";
}

/**
 * Keeps windows. Kafka Streams' `persistentTimestampedWindowStore` and `inMemoryWindowStore`; without timestamps its
 * `persistentWindowStore`. Throws InvalidArgumentError for a retention smaller than the window.
 */
export function windowStoreSupplier(name: string, options: WindowSupplierOptions): StoreSupplier {
  const { retentionMs, windowSizeMs, engine = "persistent", timestamps = true } = options;
  if (!(retentionMs >= windowSizeMs && windowSizeMs >= 0)) {
    throw new InvalidArgumentError(
      `Store ${name}: retentionMs is ${retentionMs}, it must not be less than windowSizeMs, ${windowSizeMs}.`,
    );
  }
  const plain = timestamps ? {} : { forgetsTimestamps: true };
  return Object.freeze({ name, engine, kind: "window", maxEntries: null, retentionMs, windowSizeMs, ...plain });
}

/** How long sessions are kept, by their end. */
export interface SessionSupplierOptions {
  /** Not less than the windows' gap and grace, which the aggregation checks. */
  readonly retentionMs: number;
  /** Default "persistent". In memory, rows go by end, then key, then start (conformance §5). */
  readonly engine?: "memory" | "persistent";
}

/** Keeps sessions. Kafka Streams' `persistentSessionStore` and `inMemorySessionStore`. */
export function sessionStoreSupplier(name: string, options: SessionSupplierOptions): StoreSupplier {
  const { retentionMs, engine = "persistent" } = options;
  if (!(retentionMs >= 0)) {
    throw new InvalidArgumentError(`Store ${name}: retentionMs is ${retentionMs}, it must be at least 0.`);
  }
  return Object.freeze({ name, engine, kind: "session", maxEntries: null, retentionMs });
}
