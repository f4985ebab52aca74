export {
  AppClosedError,
  AppOptionsError,
  AppStateError,
  CopartitionError,
  ChangelogReplacedError,
  InternalTopicError,
  UnknownStoreError,
} from "./app-errors.js";
export type { CloseOptions, StateListener } from "./app-life.js";
export type { ProcessingGuarantee, StreamsAppOptions } from "./app-options.js";
export type { AppState } from "./app-state.js";
export type { ChangesOptions, ChangesOverflow, StoreChange } from "./changes/store-change.js";
export type { StoreChanges } from "./changes/store-changes.js";
export {
  fromObservable,
  ObservedTopicError,
  toObservable,
  type ObservedRecord,
  type ObservedTopic,
  type ObservedTopicSource,
  type OutgoingRow,
  type Subscribable,
} from "./observables/topic-observables.js";
export type { MetricsOptions } from "./observables/app-observables.js";
export {
  ChangesOverflowError,
  StoreKindError,
  StoreMovedError,
  StoreRebalancingError,
  StoreRestoringError,
} from "./queries/query-errors.js";
export type { KeyMetadata, KeyMetadataOptions } from "./queries/key-metadata.js";
export type { QueryRows } from "./queries/query-rows.js";
export {
  queryable,
  type KeyValueShape,
  type Queryable,
  type QueryKind,
  type SessionShape,
  type StoreShape,
  type VersionedShape,
  type WindowShape,
} from "./queries/queryable.js";
export type { QueryOptions } from "./queries/store-parts.js";
export type {
  KeyRangeOptions,
  KeyValueQueries,
  OrderOptions,
  SessionQueries,
  VersionedQueries,
  WindowQueries,
} from "./queries/store-queries.js";
export type { AppModule, AppModuleOptions, ThreadedAppOptions } from "./threads/app-module.js";
export { AppModuleError, AppThreadError } from "./threads/thread-errors.js";
export { ThreadQueryError } from "./threads/thread-queries.js";
export type { ThreadedApp } from "./threads/threaded-app.js";
export { StreamsApp } from "./streams-app.js";
export type { WorkerInfo } from "./worker-pool.js";
