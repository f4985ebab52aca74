import type { Codec } from "./client.js";
import type { GroupMetadata, OffsetAndMetadata } from "./consumer.js";
import type { RawHeaders } from "./records.js";
import type { OffsetMap, TopicPartition, TpMap } from "./topic-partition.js";

/**
 * Picks a partition once the topic's partition count is known; or several, each of which gets the record; or none (an empty
 * list): the record is not written.
 */
export type PartitionPicker = (partitionCount: number) => number | readonly number[];

export interface ProducerConfig {
  readonly clientId?: string;
  /** Set: transactional. Unset: idempotent. */
  readonly transactionalId?: string;
  readonly transactionTimeoutMs?: number;
  readonly compression?: Codec;
  readonly batchBytes?: number;
  readonly lingerMs?: number;
  /** Above this, `drained()` waits. */
  readonly bufferBytesMax?: number;
  /** A record that is not acknowledged after so long is given up with RetriableError. Default 120,000. */
  readonly deliveryTimeoutMs?: number;
  /**
   * Reports `count` records of `topic`, in the order they were appended, that waited for its partition count and are given
   * up: the topic does not exist, the picker threw or picked a partition that is not there, or the producer has failed.
   */
  readonly onUnplaced?: (topic: string, count: number, error: Error) => void;
  /** Reports each batch, in order within its partition: records `firstSequence` to `firstSequence + count - 1`. */
  readonly onBatch?: (
    partition: TopicPartition,
    firstSequence: number,
    count: number,
    baseOffset: number,
    error: Error | null,
  ) => void;
}

export interface StreamsProducer {
  /** Fences earlier owners of the transactional id and ends their pending transaction. */
  init(): Promise<void>;
  begin(): void;
  /**
   * Synchronous, into the accumulator; key and value are copied. Returns the record's sequence within its partition
   * (-1 while the partition is not known, and when the picker chose none or several). Throws the sticky error of a failed
   * producer.
   */
  append(
    topic: string,
    partition: number | PartitionPicker,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers?: RawHeaders | null,
  ): number;
  readonly bufferedBytes: number;
  /** Resolves when the buffer is below its bound. */
  drained(): Promise<void>;
  /** Undefined: not known yet; appended records wait, in order, and so does `flush`. */
  partitionsFor(topic: string): number | undefined;
  /** All acknowledged, or throws, unless the failure was told to `onBatch` or `onUnplaced` and the producer goes on. Gives the next offset after the last acknowledged record, per partition written so far. */
  flush(): Promise<OffsetMap>;
  acked(partition: TopicPartition): number | undefined;
  sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}
