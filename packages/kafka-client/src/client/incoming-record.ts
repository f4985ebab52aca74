import type { RawRecord } from "../port/records.js";
import type { TopicPartition } from "../port/topic-partition.js";

/** A header as a consumer hands it out. */
export interface IncomingHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record as a consumer hands it out. Its bytes are its own: keep them as long as you like. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly IncomingHeader[];
}

/** The record with copies of its bytes: a fetched one is a view. */
export function ownRecord(partition: TopicPartition, record: RawRecord): IncomingRecord {
  const { offset, timestamp, key, value, headers } = record;
  return {
    topic: partition.topic,
    partition: partition.partition,
    offset,
    timestamp,
    key: ownBytes(key),
    value: ownBytes(value),
    headers: (headers ?? []).map((header) => ({ key: header.key, value: ownBytes(header.value) })),
  };
}

function ownBytes(view: Uint8Array | null): Buffer | null {
  return view === null ? null : Buffer.from(view);
}
