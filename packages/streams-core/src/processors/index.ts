export type { AsyncRecordContext } from "./async/async-operator.js";
export {
  asyncSettings,
  type AsyncOptions,
  type AsyncOrder,
  type AsyncRetries,
  type AsyncSettings,
} from "./async/async-options.js";
export { AsyncTimeoutError } from "./async/async-timeout-error.js";
export {
  streamFlatMapValuesAsync,
  streamForEachAsync,
  streamMapAsync,
  streamMapValuesAsync,
  type AsyncKeyValueFunction,
  type AsyncValueKeyFunction,
} from "./async/async-verbs.js";
export { changeSerde } from "./change-serde.js";
export { fixedKeyProcessor, type FixedKeyProcessorFactory } from "./fixed-key-processor.js";
export type * from "./functions.js";
export { NullResultError } from "./null-result-error.js";
export { NullTableKeyError } from "./null-table-key-error.js";
export { dropNullKeys, passThrough } from "./pass-through.js";
export { streamAggregate } from "./stream-aggregate.js";
export { streamBranch } from "./stream-branch.js";
export { streamCount } from "./stream-count.js";
export { streamFilter } from "./stream-filter.js";
export { streamFlatMap } from "./stream-flat-map.js";
export { streamFlatMapValues } from "./stream-flat-map-values.js";
export { streamMap } from "./stream-map.js";
export { streamMapValues } from "./stream-map-values.js";
export { streamForEach, streamPeek } from "./stream-peek.js";
export { streamPrint, type StreamPrintOptions } from "./stream-print.js";
export { streamReduce } from "./stream-reduce.js";
export { streamSelectKey } from "./stream-select-key.js";
export { streamSessionAggregate } from "./stream-session-aggregate.js";
export { streamSlidingAggregate } from "./stream-sliding-aggregate.js";
export { streamWindowAggregate } from "./stream-window-aggregate.js";
export { streamJoinWindow } from "./stream-join-window.js";
export { streamSelfJoin } from "./stream-self-join.js";
export { streamStreamJoin, type StreamStreamJoiner } from "./stream-stream-join.js";
export type { UnmatchedEmission } from "./unmatched-emitter.js";
export { streamTableJoin, type StreamTableJoiner } from "./stream-table-join.js";
export { tableAggregate } from "./table-aggregate.js";
export { tableFilter } from "./table-filter.js";
export { tableJoinMerge, tableJoinSide, type TableJoiner, type TableJoinKind } from "./table-join.js";
export { tableJoinView } from "./table-join-view.js";
export { tableMapValues } from "./table-map-values.js";
export { tableReduce } from "./table-reduce.js";
export { tableSelect } from "./table-select.js";
export { SuppressBufferFullError } from "./suppress-buffer-full-error.js";
export { suppressedView } from "./suppressed-view.js";
export { tableSource } from "./table-source.js";
export { tableSuppress } from "./table-suppress.js";
export { tableToStream } from "./table-to-stream.js";
export { filteredView, mappedView, sessionStoreView, storeView, windowStoreView } from "./table-views.js";
export { UndefinedResultError } from "./undefined-result-error.js";
export { waitingStreamTableJoin } from "./waiting-stream-table-join.js";
export { userProcessor, type ProcessorFactory } from "./user-processor.js";
export type { SessionMerger, WindowFold } from "./window-fold.js";
