import type { RecordContext } from "../model/index.js";
import { UndefinedResultError } from "./undefined-result-error.js";
import type { EmitOnCloseOptions } from "./closed-windows.js";
import type { Aggregator, Initializer } from "./functions.js";

/** Makes two sessions' aggregates one; the older comes first. */
export type SessionMerger<K, A> = (key: K, left: A, right: A, context: RecordContext) => A;

/** What a windowed aggregation does with a window's records. */
export interface WindowFold<K, V, A> {
  readonly init: Initializer<A>;
  readonly add: Aggregator<K, V, A>;
  /** What `add` is to the user, for messages. */
  readonly addName: "aggregator" | "reducer";
}

/** What all windowed aggregations have in common. */
export interface WindowAggregateOptions<K, V, A> extends WindowFold<K, V, A> {
  readonly store: string;
  readonly sendOldValues: boolean;
  /** Null: each update goes downstream. */
  readonly onClose: EmitOnCloseOptions | null;
}

/** The fold's first value. */
export function initialOf<A>(fold: WindowFold<never, never, A>, nodeName: string): A {
  const value = fold.init();
  if (value === undefined) throw new UndefinedResultError(nodeName, "initializer");
  return value;
}

/** The aggregate with one more record. */
// eslint-disable-next-line max-params -- no object per record on the hot path
export function added<K, V, A>(
  fold: WindowFold<K, V, A>,
  key: K,
  value: V,
  aggregate: A,
  nodeName: string,
  context: RecordContext,
): A | null {
  const after = fold.add(key, value, aggregate, context);
  if (after === undefined) throw new UndefinedResultError(nodeName, fold.addName);
  return after;
}
