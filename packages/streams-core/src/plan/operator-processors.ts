import type { ProcessorSupplier } from "../model/index.js";
import {
  passThrough,
  streamAggregate,
  streamCount,
  streamFilter,
  streamFlatMap,
  streamFlatMapValues,
  streamFlatMapValuesAsync,
  streamForEach,
  streamForEachAsync,
  streamMap,
  streamMapAsync,
  streamMapValues,
  streamMapValuesAsync,
  streamPeek,
  streamPrint,
  streamReduce,
  streamSelectKey,
  tableAggregate,
  tableFilter,
  tableMapValues,
  tableReduce,
  tableToStream,
  type Aggregator,
  type AsyncSettings,
  type Reducer,
} from "../processors/index.js";
import type {
  AsyncOperator,
  ErasedAggregator,
  ErasedReducer,
  StreamFold,
  StreamOperator,
  TableFold,
  TableOperator,
  Windowing,
} from "./operators.js";
import { windowProcessors } from "./window-processors.js";

function asyncProcessors(verb: AsyncOperator, settings: AsyncSettings): ProcessorSupplier {
  switch (verb.kind) {
    case "mapAsync":
      return streamMapAsync(verb.mapper, settings);
    case "mapValuesAsync":
      return streamMapValuesAsync(verb.mapper, settings);
    case "flatMapValuesAsync":
      return streamFlatMapValuesAsync(verb.mapper, settings);
    case "forEachAsync":
      return streamForEachAsync(verb.action, settings);
  }
}

/** Processors of an operator on records. */
export function streamProcessors(operator: StreamOperator): ProcessorSupplier {
  return operator.kind === "async" ? asyncProcessors(operator.verb, operator.settings) : syncProcessors(operator);
}

function syncProcessors(operator: Exclude<StreamOperator, { kind: "async" }>): ProcessorSupplier {
  switch (operator.kind) {
    case "filter":
      return streamFilter(operator.predicate, operator.negate);
    case "map":
      return streamMap(operator.mapper);
    case "mapValues":
      return streamMapValues(operator.mapper);
    case "flatMap":
      return streamFlatMap(operator.mapper);
    case "flatMapValues":
      return streamFlatMapValues(operator.mapper);
    case "selectKey":
      return streamSelectKey(operator.selector);
    case "peek":
      return streamPeek(operator.action);
    case "forEach":
      return streamForEach(operator.action);
    case "print":
      return streamPrint(operator.print);
    case "merge":
      return passThrough();
    case "tableToStream":
      return tableToStream();
  }
}

// Their types were checked against each other where the verb was called.
function reducer(reduce: ErasedReducer): Reducer<unknown> {
  return reduce as Reducer<unknown>;
}

function aggregator(add: ErasedAggregator): Aggregator<unknown, unknown, unknown> {
  return add as Aggregator<unknown, unknown, unknown>;
}

/** Processors that fold records into the rows of `store`. */
function streamFoldProcessors(fold: StreamFold, store: string, sendOldValues: boolean): ProcessorSupplier {
  switch (fold.kind) {
    case "count":
      return streamCount({ store, sendOldValues });
    case "reduce":
      return streamReduce({ store, reduce: reducer(fold.reduce), sendOldValues });
    case "aggregate":
      return streamAggregate({ store, init: fold.init, add: aggregator(fold.add), sendOldValues });
  }
}

/** Processors that fold records by key, or by key and window. */
export function foldProcessors(
  fold: StreamFold,
  windowing: Windowing | null,
  store: string,
  sendOldValues: boolean,
): ProcessorSupplier {
  if (windowing === null) return streamFoldProcessors(fold, store, sendOldValues);
  return windowProcessors(fold, windowing, store, sendOldValues);
}

const zero = (): number => 0;
const plusOne = (_key: unknown, _value: unknown, count: number): number => count + 1;
const minusOne = (_key: unknown, _value: unknown, count: number): number => count - 1;

/** Processors that fold the changes of a grouped table into the rows of `store`. */
export function tableFoldProcessors(fold: TableFold, store: string, sendOldValues: boolean): ProcessorSupplier {
  switch (fold.kind) {
    case "count":
      return tableAggregate({ store, init: zero, add: plusOne, subtract: minusOne, sendOldValues });
    case "reduce":
      return tableReduce({ store, add: reducer(fold.add), subtract: reducer(fold.subtract), sendOldValues });
    case "aggregate":
      return tableAggregate({
        store,
        init: fold.init,
        add: aggregator(fold.add),
        subtract: aggregator(fold.subtract),
        sendOldValues,
      });
  }
}

/** How a table's operator keeps its rows and what it gets from the table before it. */
export interface TableProcessing {
  /** Null: not materialised. */
  readonly store: string | null;
  readonly sendOldValues: boolean;
  /** Whether the table before it is versioned. */
  readonly versioned: boolean;
}

/** Processors of an operator on the rows of a table; with a store they keep the result. */
export function tableProcessors(operator: TableOperator, processing: TableProcessing): ProcessorSupplier {
  const { store, sendOldValues, versioned } = processing;
  switch (operator.kind) {
    case "filter":
      return tableFilter({ predicate: operator.predicate, negate: operator.negate, store, sendOldValues, versioned });
    case "mapValues":
      return tableMapValues({ mapper: operator.mapper, store, sendOldValues });
  }
}
