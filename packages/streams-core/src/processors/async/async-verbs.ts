import { StreamRecord } from "../../model/index.js";
import type { ProcessorSupplier } from "../../model/index.js";
import type { KeyValuePair } from "../functions.js";
import { NullResultError } from "../null-result-error.js";
import { UndefinedResultError } from "../undefined-result-error.js";
import { asyncOperator, type AsyncRecordContext } from "./async-operator.js";
import type { AsyncSettings } from "./async-options.js";

/** Sees the key first. */
export type AsyncKeyValueFunction<K, V, R> = (key: K, value: V, context: AsyncRecordContext) => PromiseLike<R> | R;

/** The `…Values` verbs: sees the value first. */
export type AsyncValueKeyFunction<V, K, R> = (value: V, key: K, context: AsyncRecordContext) => PromiseLike<R> | R;

/** Another key and value for each record. */
export function streamMapAsync<K, V, K2, V2>(
  mapper: AsyncKeyValueFunction<K, V, KeyValuePair<K2, V2>>,
  settings: AsyncSettings,
): ProcessorSupplier<K, V> {
  return asyncOperator(
    {
      call: ({ key, value }: StreamRecord<K, V>, context) => mapper(key, value, context),
      forward: ({ timestamp, headers }, pair, emit, nodeName) => {
        if (pair === null) throw new NullResultError(nodeName, "mapper", "a [key, value] pair");
        const key = pair?.[0];
        const value = pair?.[1];
        if (key === undefined || value === undefined) throw new UndefinedResultError(nodeName, "mapper");
        emit(new StreamRecord<unknown, unknown>(key, value, timestamp, headers));
      },
    },
    settings,
  );
}

/** Another value for each record. */
export function streamMapValuesAsync<K, V, V2>(
  mapper: AsyncValueKeyFunction<V, K, V2>,
  settings: AsyncSettings,
): ProcessorSupplier<K, V> {
  return asyncOperator(
    {
      call: ({ key, value }: StreamRecord<K, V>, context) => mapper(value, key, context),
      forward: (record, value, emit, nodeName) => {
        if (value === undefined) throw new UndefinedResultError(nodeName, "mapper");
        emit(record.withValue(value));
      },
    },
    settings,
  );
}

/** Any number of values for one, under the same key. */
export function streamFlatMapValuesAsync<K, V, V2>(
  mapper: AsyncValueKeyFunction<V, K, Iterable<V2>>,
  settings: AsyncSettings,
): ProcessorSupplier<K, V> {
  return asyncOperator(
    {
      call: ({ key, value }: StreamRecord<K, V>, context) => mapper(value, key, context),
      forward: (record, values, emit, nodeName) => {
        if (values === null) throw new NullResultError(nodeName, "mapper", "an iterable of values, [] for none");
        if (values === undefined) throw new UndefinedResultError(nodeName, "mapper");
        for (const value of values) {
          if (value === undefined) throw new UndefinedResultError(nodeName, "mapper");
          emit(record.withValue(value));
        }
      },
    },
    settings,
  );
}

/** Calls `action`; the stream ends here. */
export function streamForEachAsync<K, V>(
  action: AsyncKeyValueFunction<K, V, unknown>,
  settings: AsyncSettings,
): ProcessorSupplier<K, V> {
  const call = ({ key, value }: StreamRecord<K, V>, context: AsyncRecordContext) => action(key, value, context);
  return asyncOperator({ call, forward: () => {} }, settings);
}
