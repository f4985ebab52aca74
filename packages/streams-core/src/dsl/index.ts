export type { BuildOptions, Optimization } from "../plan/index.js";
export type { AsyncNamed, AsyncVerbs } from "./async-verbs.js";
export type { BranchedStream, Branches } from "./branched-stream.js";
export type {
  CogroupedKStream,
  CogroupedSessionOptions,
  CogroupOptions,
  SessionWindowedCogroupedKStream,
  TimeWindowedCogroupedKStream,
} from "./cogrouped-stream.js";
export type { GlobalKTable } from "./global-k-table.js";
export type {
  ForeignKeyJoinOptions,
  GlobalTableJoinOptions,
  StreamTableJoinOptions,
  TableJoinOptions,
} from "./join-options.js";
export type { AggregateOptions, KGroupedStream } from "./k-grouped-stream.js";
export type { KGroupedTable, TableAggregateOptions, TableReduceOptions } from "./k-grouped-table.js";
export type { KStream } from "./k-stream.js";
export type { KTable } from "./k-table.js";
export type * from "./options.js";
export {
  inMemoryStore,
  lruMap,
  persistentStore,
  sessionStoreSupplier,
  versionedStore,
  windowStoreSupplier,
  type SessionSupplierOptions,
  type StoreSupplier,
  type TimestampsOptions,
  type VersionedSupplierOptions,
  type WindowSupplierOptions,
} from "./store-suppliers.js";
export type { StreamJoins } from "./stream-joins.js";
export type { OuterStreamJoinOptions, StreamStreamJoinOptions } from "./stream-stream-join-options.js";
export { suppressed, type Suppressed, type SuppressOptions, type TimeLimitOptions } from "./suppressed.js";
export type { TableJoins } from "./table-joins.js";
export { StreamsBuilder, type BuilderDefaults } from "./streams-builder.js";
export type * from "./windowed-options.js";
export type {
  SessionAggregateOptions,
  SessionWindowedKStream,
  TimeWindowedKStream,
  WindowedAggregateOptions,
  WindowedVerbs,
} from "./windowed-stream.js";
export {
  windows,
  type GraceOptions,
  type HoppingOptions,
  type SessionOptions,
  type SlidingOptions,
  type TumblingOptions,
  type UnlimitedOptions,
} from "./windows.js";
