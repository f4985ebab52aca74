import type { RecordContext } from "./context.js";
import type { Headers } from "./headers.js";

/** A source record before it enters a topology. */
export interface ConsumedRecord<K = unknown, V = unknown> {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: K;
  readonly value: V;
  readonly headers: Headers;
}

/** Gives a record its event time. A negative result skips the record (T4). */
export type TimestampExtractor<K = unknown, V = unknown> = (
  record: ConsumedRecord<K, V>,
  partitionTimeMs: number,
) => number;

/** Names the topic a record goes to. The topic must exist. */
export type TopicNameExtractor<K = unknown, V = unknown> = (key: K, value: V, context: RecordContext) => string;

/**
 * Picks the partitions of a record: one, several (multicast), none (`[]`: dropped and counted), or undefined for the
 * default, murmur2 of the key's bytes (T10, KIP-873).
 */
export type StreamPartitioner<K = unknown, V = unknown> = (
  topic: string,
  key: K,
  value: V,
  partitionCount: number,
) => number | readonly number[] | undefined;
