import type { OffsetReset } from "@millrace/kafka-client";
import type {
  ProcessorSupplier,
  StoreBuilder,
  StreamPartitioner,
  TimestampExtractor,
  TopicNameExtractor,
} from "../model/index.js";
import type { KeyValueFunction, KeyValuePair, TableJoinKind } from "../processors/index.js";
import type {
  ErasedForeignKey,
  ErasedJoiner,
  StreamFold,
  StreamOperator,
  Suppression,
  TableFold,
  TableOperator,
  Windowing,
} from "./operators.js";
import type { ForeignKeyNames } from "./foreign-key-names.js";
import type { RepartitionNames } from "./repartition-names.js";
import type { SerdeSlot } from "./serde-slot.js";
import type { StoreSpec } from "./store-spec.js";
import type { StreamJoinParts } from "./stream-join.js";

interface NodeBase {
  /** Name under which its children know it. */
  readonly name: string;
  readonly parents: readonly PlanNode[];
}

/** What all nodes that read a user's topic have in common. */
interface Reading {
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly offsetReset: OffsetReset | null;
}

export interface StreamSource extends NodeBase, Reading {
  readonly kind: "streamSource";
  /** Empty with a pattern. */
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
}

export interface TableSource extends NodeBase, Reading {
  readonly kind: "tableSource";
  readonly sourceName: string;
  readonly topic: string;
  readonly store: StoreSpec;
  /** False: the store is only made if something downstream needs old values. */
  readonly materialized: boolean;
}

export interface StreamStep extends NodeBase {
  readonly kind: "streamStep";
  readonly operator: StreamOperator;
}

/** The head of a `split`; its branches are its children, in order. */
export interface Split extends NodeBase {
  readonly kind: "split";
}

export interface Branch extends NodeBase {
  readonly kind: "branch";
  /** Null: takes what no other branch took. */
  readonly predicate: KeyValueFunction<never, never, boolean> | null;
}

export interface UserStep extends NodeBase {
  readonly kind: "userStep";
  readonly supplier: ProcessorSupplier;
  readonly stores: readonly string[];
}

/** Filter, sink and source around a repartition topic (T8). */
export interface Repartition extends NodeBase {
  readonly kind: "repartition";
  /** The verb that needs it, for errors. */
  readonly verb: string;
  readonly names: RepartitionNames;
  /** Whether the topic's name comes from the user. */
  readonly named: boolean;
  /** False for the user's own `repartition()`. */
  readonly mergeable: boolean;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly partitions: number | null;
  readonly partitioner: StreamPartitioner<never, never> | null;
}

/** Sink and source around the repartition topic of a grouped table (A6). */
export interface TableRepartition extends NodeBase {
  readonly kind: "tableRepartition";
  readonly topic: string;
  /** Whether the topic's name comes from the user. */
  readonly named: boolean;
  readonly sinkName: string;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
}

export interface Sink extends NodeBase {
  readonly kind: "sink";
  readonly topic: string | TopicNameExtractor<never, never>;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly partitioner: StreamPartitioner<never, never> | null;
}

export interface ToTable extends NodeBase {
  readonly kind: "toTable";
  readonly store: StoreSpec;
  readonly materialized: boolean;
}

export interface StreamAggregation extends NodeBase {
  readonly kind: "streamAggregation";
  readonly fold: StreamFold;
  /** Null: by key alone. */
  readonly windowing: Windowing | null;
  readonly store: StoreSpec;
}

/** One of the streams that a cogroup folds into its table (A5). */
export interface CogroupAggregation extends NodeBase {
  readonly kind: "cogroupAggregation";
  readonly fold: StreamFold;
  readonly windowing: Windowing | null;
  /** The table's store, which the streams share. */
  readonly sharedStore: StoreSpec;
}

/** The table that several streams are folded into; its parents are the aggregations. */
export interface CogroupMerge extends NodeBase {
  readonly kind: "cogroupMerge";
  readonly store: StoreSpec;
}

export interface TableAggregation extends NodeBase {
  readonly kind: "tableAggregation";
  readonly fold: TableFold;
  readonly store: StoreSpec;
}

export interface TableStep extends NodeBase {
  readonly kind: "tableStep";
  readonly operator: TableOperator;
  /** Null: not materialised. */
  readonly store: StoreSpec | null;
}

/** Holds a table's updates back. */
export interface TableSuppress extends NodeBase {
  readonly kind: "tableSuppress";
  readonly suppression: Suppression;
  readonly buffer: StoreSpec;
}

/** Two tables joined by key: two processors for their updates and the one of its name for the results (J9). */
export interface TableJoin extends NodeBase {
  readonly kind: "tableJoin";
  readonly join: TableJoinKind;
  /** Left and right are the parents, which may be the same. */
  readonly left: TableNode;
  readonly right: TableNode;
  readonly leftName: string;
  readonly rightName: string;
  readonly joiner: ErasedJoiner;
  /** Null: not materialised. */
  readonly store: StoreSpec | null;
}

/** Two tables joined by a key found in the left one's rows (J11): many processors around two topics. */
export interface ForeignKeyJoin extends NodeBase {
  readonly kind: "foreignKeyJoin";
  /** Left and right are the parents, which may be the same. */
  readonly left: TableNode;
  readonly right: TableNode;
  readonly names: ForeignKeyNames;
  /** Whether the names come from the user. */
  readonly named: boolean;
  readonly on: ErasedForeignKey;
  readonly joiner: ErasedJoiner;
  /** Whether left rows without a right one are in the result. */
  readonly keepsUnmatched: boolean;
  readonly leftKey: SerdeSlot;
  readonly leftValue: SerdeSlot;
  readonly rightKey: SerdeSlot;
  readonly rightValue: SerdeSlot;
  readonly partitioner: StreamPartitioner<never, never> | null;
  readonly otherPartitioner: StreamPartitioner<never, never> | null;
  readonly store: StoreSpec;
  /** False: the store is only made if something downstream needs it. */
  readonly materialized: boolean;
}

/** A stream's records, joined with the rows of a table; the stream alone is the parent (J16). */
export interface StreamTableJoin extends NodeBase {
  readonly kind: "streamTableJoin";
  readonly table: TableNode;
  readonly left: boolean;
  readonly joiner: ErasedJoiner;
  /** Null: records do not wait. */
  readonly grace: JoinGrace | null;
}

/** Where records of a stream wait for late rows of a table (J18). */
export interface JoinGrace {
  readonly graceMs: number;
  readonly buffer: StoreSpec;
}

/** A stream's records, joined with the rows of a global table. */
export interface StreamGlobalJoin extends NodeBase {
  readonly kind: "streamGlobalJoin";
  readonly storeName: string;
  readonly left: boolean;
  readonly joiner: ErasedJoiner;
  readonly selectKey: KeyValueFunction<never, never, unknown>;
}

/** Keeps the records of one side of a stream-stream join. */
export interface JoinWindow extends NodeBase {
  readonly kind: "joinWindow";
  readonly store: StoreSpec;
}

/** Joins the streams that are its parents; one parent: a stream with itself. */
export interface StreamJoin extends NodeBase {
  readonly kind: "streamJoin";
  readonly parts: StreamJoinParts;
}

/** The half of a table's `groupBy` before the repartition topic. */
export interface TableGroupBy extends NodeBase {
  readonly kind: "tableGroupBy";
  readonly mapper: KeyValueFunction<never, never, KeyValuePair<unknown, unknown> | null>;
}

export interface AddedStore extends NodeBase {
  readonly kind: "addedStore";
  readonly builder: StoreBuilder;
}

/** A table that every instance holds whole; always kept. */
export interface GlobalTable extends NodeBase {
  readonly kind: "globalTable";
  readonly sourceName: string;
  readonly topic: string;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly store: StoreSpec;
}

export interface AddedGlobalStore extends NodeBase {
  readonly kind: "addedGlobalStore";
  readonly builder: StoreBuilder;
  readonly sourceName: string;
  readonly topic: string;
  readonly key: SerdeSlot;
  readonly value: SerdeSlot;
  readonly timestampExtractor: TimestampExtractor | null;
  readonly supplier: ProcessorSupplier;
}

/** The nodes whose results are tables. */
export type TableNode =
  | TableSource
  | ToTable
  | StreamAggregation
  | CogroupMerge
  | TableAggregation
  | TableStep
  | TableSuppress
  | TableJoin
  | ForeignKeyJoin;

/** The tables that are not one processor each. */
export type ComposedTable = TableSource | TableSuppress | TableJoin | ForeignKeyJoin;

/** The nodes that become one processor each. */
export type OperatorNode =
  StreamStep | Split | Branch | UserStep | TableGroupBy | CogroupAggregation | Exclude<TableNode, ComposedTable>;

/** The nodes that join. */
export type JoinNode = TableJoin | StreamTableJoin | StreamGlobalJoin;

/** One logical step, frozen. Physical nodes are made of it by `lower`. */
export type PlanNode =
  | StreamSource
  | TableSource
  | GlobalTable
  | AddedStore
  | AddedGlobalStore
  | OperatorNode
  | JoinNode
  | ForeignKeyJoin
  | TableSuppress
  | JoinWindow
  | StreamJoin
  | Repartition
  | TableRepartition
  | Sink;
