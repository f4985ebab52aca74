import type { StoreKind, ValueAndTimestamp, Windowed } from "../../model/index.js";
import type { KeyValueQueries, SessionQueries, VersionedQueries, WindowQueries } from "./store-queries.js";

/** What a store's types are: what a key is partitioned by, a row as changes tell it, and how it is asked. */
export interface StoreShape {
  readonly key: unknown;
  readonly rowKey: unknown;
  readonly value: unknown;
  readonly queries: unknown;
}

/** How a store is read: a function of {@link queryable} makes it. */
export type QueryKind = "keyValue" | "timestampedKeyValue" | "window" | "timestampedWindow" | "session" | "versioned";

/** A store's name with the types and the kind that the topology gave it; plain data. */
export interface Queryable<S extends StoreShape = StoreShape> {
  readonly name: string;
  readonly kind: QueryKind;
  /** Type only. */
  readonly __shape?: S;
}

export interface KeyValueShape<K, V> extends StoreShape {
  readonly key: K;
  readonly rowKey: K;
  readonly value: V;
  readonly queries: KeyValueQueries<K, V>;
}

export interface WindowShape<K, V> extends StoreShape {
  readonly key: K;
  readonly rowKey: Windowed<K>;
  readonly value: V;
  readonly queries: WindowQueries<K, V>;
}

export interface SessionShape<K, V> extends StoreShape {
  readonly key: K;
  readonly rowKey: Windowed<K>;
  readonly value: V;
  readonly queries: SessionQueries<K, V>;
}

export interface VersionedShape<K, V> extends StoreShape {
  readonly key: K;
  readonly rowKey: K;
  readonly value: V;
  readonly queries: VersionedQueries<K, V>;
}

/** The kinds of stores that can be read as one of each. */
export const storeKindsOf: Readonly<Record<QueryKind, readonly StoreKind[]>> = {
  keyValue: ["key-value", "timestamped-key-value"],
  timestampedKeyValue: ["timestamped-key-value"],
  window: ["window", "timestamped-window"],
  timestampedWindow: ["timestamped-window"],
  session: ["session"],
  versioned: ["versioned-key-value"],
};

/**
 * Says how a store is read from outside, and with which types: `app.store(queryable.keyValue<string, number>("word-counts"))`.
 * Declare it once, beside the topology that names the store, and give it to `app.store`, `app.changes` and
 * `app.metadataForKey`.
 *
 * @example
 * const wordCounts = queryable.keyValue<string, number>("word-counts");
 * const counted = words.groupByKey().count({ store: wordCounts.name });
 */
export const queryable = {
  /** Tables, aggregates without windows, and key-value stores of processors: values without timestamps. */
  keyValue: <K, V>(name: string): Queryable<KeyValueShape<K, V>> => ({ name, kind: "keyValue" }),
  /** As `keyValue`, with the timestamp of the record that made each row. */
  timestampedKeyValue: <K, V>(name: string): Queryable<KeyValueShape<K, ValueAndTimestamp<V>>> => ({
    name,
    kind: "timestampedKeyValue",
  }),
  /** Aggregates by tumbling, hopping or sliding windows, and window stores of processors: values without timestamps. */
  window: <K, V>(name: string): Queryable<WindowShape<K, V>> => ({ name, kind: "window" }),
  /** As `window`, with the timestamp of the record that made each row. */
  timestampedWindow: <K, V>(name: string): Queryable<WindowShape<K, ValueAndTimestamp<V>>> => ({
    name,
    kind: "timestampedWindow",
  }),
  /** Aggregates by session windows, and session stores of processors. */
  session: <K, V>(name: string): Queryable<SessionShape<K, V>> => ({ name, kind: "session" }),
  /** Versioned tables and versioned stores of processors. */
  versioned: <K, V>(name: string): Queryable<VersionedShape<K, V>> => ({ name, kind: "versioned" }),
} as const;
