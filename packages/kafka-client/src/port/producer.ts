import type { Codec } from "./client.js";
import type { GroupMetadata, OffsetAndMetadata } from "./consumer.js";
import type { RawHeaders } from "./records.js";
import type { OffsetMap, TopicPartition, TpMap } from "./topic-partition.js";

/** Picks a partition once the topic's partition count is known. */
export type PartitionPicker = (partitionCount: number) => number;

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
   * (-1 while the partition is not known). Throws the sticky error of a failed producer.
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
  /** All acknowledged, or throws. Gives the next offset after the last acknowledged record, per partition written so far. */
  flush(): Promise<OffsetMap>;
  acked(partition: TopicPartition): number | undefined;
  sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}
