import { InvalidArgumentError } from "../model/index.js";

/** A named store of a special make, for the `supplier` option of tables and aggregations. It may be used for several. */
export interface StoreSupplier {
  readonly name: string;
  readonly engine: "memory" | "persistent";
  /** Null: keeps every row. */
  readonly maxEntries: number | null;
}

/** Keeps rows in memory, whatever the app keeps its other state in. Kafka Streams' `inMemoryKeyValueStore`. */
export function inMemoryStore(name: string): StoreSupplier {
  return Object.freeze({ name, engine: "memory", maxEntries: null });
}

/** Keeps rows on disk. Kafka Streams' `persistentTimestampedKeyValueStore`. */
export function persistentStore(name: string): StoreSupplier {
  return Object.freeze({ name, engine: "persistent", maxEntries: null });
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
