import type { OffsetReset } from "@millrace/kafka-client";
import type { RecordContext, Serde, StreamPartitioner, TimestampExtractor } from "../model/index.js";
import type { StoreSupplier } from "./store-suppliers.js";

/** Names the node a verb makes. Without it the node gets a number, which changes when verbs are added before it (T9). */
export interface Named {
  /** 1 to 249 ASCII letters, digits, `.`, `_` and `-`. Throws TopologyError for others. */
  readonly name?: string;
}

/** How the keys of a verb's result are written as bytes; needed where it changes their type and no default fits. */
export interface KeySerde<K> {
  readonly key?: Serde<K>;
}

/** How the values of a verb's result are written as bytes; needed where it changes their type and no default fits. */
export interface ValueSerde<V> {
  readonly value?: Serde<V>;
}

/** Serdes of a verb's result, and its node's name. */
export interface Serdes<K, V> extends Named, KeySerde<K>, ValueSerde<V> {}

/**
 * How and where a table keeps its rows: Kafka Streams' `Materialized`. Tables that nobody has to look up keep none unless
 * `store` or `supplier` is given.
 */
export interface Materialized<K, V> extends Serdes<K, V> {
  /** Name of the store and, with `-changelog` behind it, of its topic. Throws TopologyError for names of other characters. */
  readonly store?: string;
  /** Collect a key's updates and pass on the last one at commit (A4). Default true. */
  readonly caching?: boolean;
  /** False: no changelog topic, rows are lost with the instance. An object: settings of the changelog topic. Default true. */
  readonly logging?: boolean | Readonly<Record<string, string>>;
  /** Where rows live. Default: with the app's other state. */
  readonly engine?: "memory" | "persistent";
  /** A named store of a special make, instead of `store` and `engine`. */
  readonly supplier?: StoreSupplier;
}

/** How a topic is read: Kafka Streams' `Consumed`. */
export interface ConsumedOptions<K, V> extends Serdes<K, V> {
  /** Gives each record its event time (T4). Default: the app's. */
  readonly timestampExtractor?: TimestampExtractor<K, V>;
  /** Where to start without a committed offset (KIP-1106). Default: the app's. */
  readonly offsetReset?: OffsetReset;
}

/** How a topic is read as a table, and where its rows are kept. */
export interface TableOptions<K, V> extends ConsumedOptions<K, V>, Materialized<K, V> {}

/** How a topic is read as a global table, and where its rows are kept: they have neither changelog nor cache. */
export type GlobalTableOptions<K, V> = Omit<TableOptions<K, V>, "caching" | "logging" | "offsetReset">;

/** How a topic is written: Kafka Streams' `Produced`. */
export interface ProducedOptions<K, V> extends Serdes<K, V> {
  /** Default: murmur2 of the key's bytes, as Kafka's producers do (T10). */
  readonly partitioner?: StreamPartitioner<K, V>;
}

/** How a stream goes through a topic of its own: Kafka Streams' `Repartitioned`. */
export interface RepartitionOptions<K, V> extends ProducedOptions<K, V> {
  /** Partitions of the topic. Default: as many as the most of the topics upstream (K4). */
  readonly partitions?: number;
}

/** What a processor of the user's gets besides records. */
export interface ProcessOptions {
  /** Names of stores added to the builder before; those that the supplier brings itself need not be named. */
  readonly stores?: readonly string[];
}

/** How `print` writes: Kafka Streams' `Printed`. */
export interface PrintOptions<K, V> extends Named {
  /** Stands in brackets before each record. Default: the name of the node before it. */
  readonly label?: string;
  /** Text of a record. Default `key, value`. */
  format?(key: K, value: V, context: RecordContext): string;
  /** Takes a line, its line end included. Default: standard output. */
  write?(line: string): void;
}
