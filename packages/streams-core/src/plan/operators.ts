import type { RecordContext, SessionWindows, SlidingWindows, TimeWindows, UnlimitedWindows } from "../model/index.js";
import type {
  AsyncKeyValueFunction,
  AsyncSettings,
  AsyncValueKeyFunction,
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

/** A joiner whose types were erased. */
export type ErasedJoiner = (left: never, right: never, key: never, context: RecordContext) => unknown;

/** What finds a foreign key in a row, its types erased. */
export type ErasedForeignKey = (value: never, key: never, context: RecordContext) => unknown;

/** An operator whose callback may give a promise. */
export type AsyncOperator =
  | { readonly kind: "mapAsync"; readonly mapper: AsyncKeyValueFunction<never, never, KeyValuePair<unknown, unknown>> }
  | { readonly kind: "mapValuesAsync"; readonly mapper: AsyncValueKeyFunction<never, never, unknown> }
  | { readonly kind: "flatMapValuesAsync"; readonly mapper: AsyncValueKeyFunction<never, never, Iterable<unknown>> }
  | { readonly kind: "forEachAsync"; readonly action: AsyncKeyValueFunction<never, never, unknown> };

/** An operator on records, as data. */
export type StreamOperator =
  | { readonly kind: "async"; readonly verb: AsyncOperator; readonly settings: AsyncSettings }
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

/** A function that makes two sessions' aggregates one, its types erased. */
export type ErasedMerger = (key: never, left: never, right: never, context: RecordContext) => unknown;

/** What an aggregation can be windowed by. */
export type AggregationWindows = TimeWindows | SlidingWindows | SessionWindows | UnlimitedWindows;

/** When a window's result goes downstream; null: at each update. */
export interface EmitOnClose {
  /** Wall-clock time between two looks for closed windows (W5). */
  readonly emitIntervalMs: number;
  /** Wall-clock time without input after which open windows close; null: they wait for input. */
  readonly closeAfterMs: number | null;
}

/** How an aggregation is windowed. */
export interface Windowing {
  readonly windows: AggregationWindows;
  /** Null but for sessions. */
  readonly merge: ErasedMerger | null;
  readonly onClose: EmitOnClose | null;
}

/** When the updates of a table go on. */
export interface Suppression {
  /** Null: when their windows close. */
  readonly timeLimitMs: number | null;
  /** Infinity: no bound. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  readonly onFull: "emitEarly" | "shutDown";
  /** Wall-clock time without input after which everything goes on; null: never. */
  readonly closeAfterMs: number | null;
}

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
