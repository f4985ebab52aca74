import type { RecordContext } from "../model/index.js";

/** Sees the key first. `context` is reused: read it during the call only. */
export type KeyValueFunction<K, V, R> = (key: K, value: V, context: RecordContext) => R;

/** The `…Values` verbs: sees the value first. */
export type ValueKeyFunction<V, K, R> = (value: V, key: K, context: RecordContext) => R;

export type KeyValuePair<K, V> = readonly [K, V];

/** Gives the value an aggregation begins with. Called once per new row. */
export type Initializer<A> = () => A;

/** Folds a record into an aggregate; null deletes the row. */
export type Aggregator<K, V, A> = (key: K, value: V, aggregate: A, context: RecordContext) => A | null;

/** Folds a value into the one before it; null deletes the row. */
export type Reducer<V> = (aggregate: V, value: V, context: RecordContext) => V | null;
