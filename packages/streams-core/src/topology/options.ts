import type { OffsetReset } from "@millrace/kafka-client";
import type { Serde, StoreBuilder, StreamPartitioner, TimestampExtractor, TopicNameExtractor } from "../model/index.js";
import type { ProcessorFactory } from "../processors/index.js";

/** Serdes for the nodes that name none. */
export interface TopologyDefaults {
  readonly key?: Serde<unknown> | undefined;
  readonly value?: Serde<unknown> | undefined;
}

/** A node that reads topics. */
export interface SourceOptions<K = unknown, V = unknown> {
  /** Unique among the nodes of the topology. */
  readonly name: string;
  /** One topic, several, or all topics whose whole name matches. */
  readonly topics: string | readonly string[] | RegExp;
  readonly key?: Serde<K> | undefined;
  readonly value?: Serde<V> | undefined;
  /** Default: the app's. */
  readonly timestampExtractor?: TimestampExtractor<K, V> | undefined;
  /** Where to start without a committed offset. Default: the app's. */
  readonly offsetReset?: OffsetReset | undefined;
}

/** A node that runs a processor. */
export interface ProcessorOptions<KIn = unknown, VIn = unknown, KOut = unknown, VOut = unknown> {
  /** Unique among the nodes of the topology. */
  readonly name: string;
  /** Makes a new processor on every call; the stores a supplier brings are added and connected. */
  readonly processor: ProcessorFactory<KIn, VIn, KOut, VOut>;
  /** Names of sources and processors that were added before; at least one. */
  readonly parents: readonly string[];
}

/** A node that writes a topic. */
export interface SinkOptions<K = unknown, V = unknown> {
  /** Unique among the nodes of the topology. */
  readonly name: string;
  /** A topic, or a function that names one for each record; it must exist. */
  readonly topic: string | TopicNameExtractor<K, V>;
  /** Names of sources and processors that were added before; at least one. */
  readonly parents: readonly string[];
  readonly key?: Serde<K> | undefined;
  readonly value?: Serde<V> | undefined;
  /** Default: murmur2 of the key's bytes, as Kafka's producers do. */
  readonly partitioner?: StreamPartitioner<K, V> | undefined;
}

/** A store each instance holds whole, and the processor that fills it. */
export interface GlobalStoreOptions<K = unknown, V = unknown> {
  /** Must have `logging: false`: its topic is its backup. */
  readonly store: StoreBuilder;
  readonly sourceName: string;
  readonly topic: string;
  readonly key?: Serde<K> | undefined;
  readonly value?: Serde<V> | undefined;
  readonly timestampExtractor?: TimestampExtractor<K, V> | undefined;
  readonly processorName: string;
  /** Also sees the records again that are read when an instance starts. */
  readonly processor: ProcessorFactory<K, V, unknown, unknown>;
}

/** A store that a topic fills and backs up, and the processor that fills it (KIP-813). */
export interface ReadOnlyStoreOptions<K = unknown, V = unknown> extends GlobalStoreOptions<K, V> {
  /** Has no changelog of its own, whatever its `logging` says: its topic is its backup. */
  readonly store: StoreBuilder;
  /** Must keep each record as it is, key and value: after a restart rows come straight from the topic. */
  readonly processor: ProcessorFactory<K, V, unknown, unknown>;
}

/** A topic the library makes for itself; named `<application id>-<name>` on the broker. */
export interface RepartitionTopicOptions {
  readonly name: string;
  /** Null: as many as the most of the topics upstream (K4). */
  readonly partitions: number | null;
  readonly config?: Readonly<Record<string, string>>;
}
