import type { RecordContext } from "../model/index.js";
import type {
  Initializer,
  KeyValueFunction,
  KeyValuePair,
  StreamPrintOptions,
  ValueKeyFunction,
} from "../processors/index.js";

// `never` as a parameter's type takes functions of any key and value: the types were checked where the verb was called.

/** A reducer whose types were erased. */
export type ErasedReducer = (aggregate: never, value: never, context: RecordContext) => unknown;

/** An aggregator whose types were erased. */
export type ErasedAggregator = (key: never, value: never, aggregate: never, context: RecordContext) => unknown;

/** An operator on records, as data. */
export type StreamOperator =
  | { readonly kind: "filter"; readonly predicate: KeyValueFunction<never, never, boolean>; readonly negate: boolean }
  | { readonly kind: "map"; readonly mapper: KeyValueFunction<never, never, KeyValuePair<unknown, unknown>> }
  | { readonly kind: "mapValues"; readonly mapper: ValueKeyFunction<never, never, unknown> }
  | {
      readonly kind: "flatMap";
      readonly mapper: KeyValueFunction<never, never, Iterable<KeyValuePair<unknown, unknown>>>;
    }
  | { readonly kind: "flatMapValues"; readonly mapper: ValueKeyFunction<never, never, Iterable<unknown>> }
  | { readonly kind: "selectKey"; readonly selector: KeyValueFunction<never, never, unknown> }
  | { readonly kind: "peek"; readonly action: KeyValueFunction<never, never, void> }
  | { readonly kind: "forEach"; readonly action: KeyValueFunction<never, never, void> }
  | { readonly kind: "print"; readonly print: StreamPrintOptions<never, never> }
  | { readonly kind: "merge" }
  | { readonly kind: "tableToStream" };

/** What makes a stream a table by folding its records. */
export type StreamFold =
  | { readonly kind: "count" }
  | { readonly kind: "reduce"; readonly reduce: ErasedReducer }
  | { readonly kind: "aggregate"; readonly init: Initializer<unknown>; readonly add: ErasedAggregator };

/** What makes a grouped table a table by folding its changes. */
export type TableFold =
  | { readonly kind: "count" }
  | { readonly kind: "reduce"; readonly add: ErasedReducer; readonly subtract: ErasedReducer }
  | {
      readonly kind: "aggregate";
      readonly init: Initializer<unknown>;
      readonly add: ErasedAggregator;
      readonly subtract: ErasedAggregator;
    };

/** An operator on the rows of a table. */
export type TableOperator =
  | { readonly kind: "filter"; readonly predicate: KeyValueFunction<never, never, boolean>; readonly negate: boolean }
  | { readonly kind: "mapValues"; readonly mapper: ValueKeyFunction<never, never, unknown> };
