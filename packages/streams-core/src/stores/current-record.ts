import { noHeaders, type Headers, type RecordContext } from "../model/index.js";

/** The bytes of the source record being processed, for error handlers (R21). Read on demand only. */
export interface SourceBytes {
  rawKey(): Uint8Array | null;
  rawValue(): Uint8Array | null;
}

/**
 * Where a task is: one object per task, changed in place while records run through its nodes. Topic, partition and
 * offset are those of the source record; timestamp and headers those of the record last forwarded, as in Kafka Streams.
 */
export class CurrentRecord implements RecordContext {
  topic = "";
  partition = -1;
  offset = -1;
  timestamp = -1;
  headers: Headers = noHeaders;
  /** Null outside of `process`, and while a cache is flushed. */
  source: SourceBytes | null = null;

  /** Stands on no record of a topic: in a punctuator, at `timestamp`. */
  detach(timestamp: number): void {
    this.topic = "";
    this.partition = -1;
    this.offset = -1;
    this.timestamp = timestamp;
    this.headers = noHeaders;
    this.source = null;
  }

  /** Stands where `other` does. */
  moveTo(other: RecordContext, source: SourceBytes | null): void {
    this.topic = other.topic;
    this.partition = other.partition;
    this.offset = other.offset;
    this.timestamp = other.timestamp;
    this.headers = other.headers;
    this.source = source;
  }

  /** A copy that stays as it is. */
  snapshot(): RecordContext {
    const { topic, partition, offset, timestamp, headers } = this;
    return { topic, partition, offset, timestamp, headers };
  }
}
