import type { OffsetReset } from "@millrace/kafka-client";
import type {
  ProcessorSupplier,
  Serde,
  StoreBuilder,
  StreamPartitioner,
  TimestampExtractor,
  TopicNameExtractor,
} from "../model/index.js";

/** Nodes of the physical graph: frozen data. Topic names of internal topics are without the application's prefix. */
export interface SourceNode {
  readonly kind: "source";
  readonly name: string;
  readonly topics: readonly string[];
  readonly pattern: RegExp | null;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** Null: the app's default extractor. */
  readonly timestampExtractor: TimestampExtractor | null;
  /** Null: the app's default policy. */
  readonly offsetReset: OffsetReset | null;
  /** Names, in the order in which they were added. */
  readonly children: readonly string[];
}

export interface ProcessorNode {
  readonly kind: "processor";
  readonly name: string;
  readonly supplier: ProcessorSupplier;
  /** Names of the stores it may use. */
  readonly stores: readonly string[];
  readonly children: readonly string[];
}

export interface SinkNode {
  readonly kind: "sink";
  readonly name: string;
  readonly topic: string | TopicNameExtractor;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
  /** Null: murmur2 of the key's bytes. */
  readonly partitioner: StreamPartitioner | null;
  readonly children: readonly [];
}

export type TopologyNode = SourceNode | ProcessorNode | SinkNode;

export interface InternalTopic {
  /** Without the application's prefix. */
  readonly name: string;
  readonly kind: "repartition" | "changelog";
  readonly subtopology: number;
  /** Null: as many as the topics it must agree with (repartition: the most of its upstream; changelog: the task count). */
  readonly partitions: number | null;
  readonly config: Readonly<Record<string, string>>;
}

/** A store of a sub-topology and where its changes go. */
export interface StorePlan {
  readonly builder: StoreBuilder;
  /** Undecorated name of the changelog topic; for a source topic reused as changelog, that topic. Null when not logged. */
  readonly changelog: string | null;
  /** True: `changelog` is a source topic of the user's, read only. */
  readonly sourceIsChangelog: boolean;
}

/** A connected component of the graph: one task per partition of its sources. */
export interface Subtopology {
  readonly id: number;
  /** In the order in which they were added to the topology. */
  readonly nodes: readonly TopologyNode[];
  /** In order of registration: by the processors that use them, in the order in which these were added. */
  readonly stores: readonly StorePlan[];
  /** Groups of (undecorated) topics that must have equal partition counts. */
  readonly copartitionGroups: readonly (readonly string[])[];
}

/** A store every instance holds whole, fed by a topic of its own through a processor. */
export interface GlobalStorePlan {
  readonly builder: StoreBuilder;
  readonly source: SourceNode;
  readonly processor: ProcessorNode;
}

/** What the runtime runs. */
export interface PhysicalTopology {
  readonly subtopologies: readonly Subtopology[];
  readonly globalStores: readonly GlobalStorePlan[];
  /** By undecorated name. */
  readonly internalTopics: ReadonlyMap<string, InternalTopic>;
}

/** The real name of a topic: internal ones carry the application's id. */
export function realTopicName(topology: PhysicalTopology, applicationId: string, topic: string): string {
  return topology.internalTopics.has(topic) ? `${applicationId}-${topic}` : topic;
}
