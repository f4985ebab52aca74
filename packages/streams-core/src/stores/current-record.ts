import { noHeaders, type Headers, type RecordContext, type RecordOrigin, type SourceBytes } from "../model/index.js";
import { ownHeaders } from "./own-headers.js";

export type { SourceBytes } from "../model/index.js";

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

  /** A copy that stays as it is when the record's memory is used again, its bytes included. */
  origin(): RecordOrigin {
    const { topic, partition, offset, timestamp, headers } = this;
    return { topic, partition, offset, timestamp, headers: ownHeaders(headers), source: copyOf(this.source) };
  }

  /** A copy that stays as it is. */
  snapshot(): RecordContext {
    const { topic, partition, offset, timestamp, headers } = this;
    return { topic, partition, offset, timestamp, headers };
  }
}

function copyOf(source: SourceBytes | null): SourceBytes | null {
  if (source === null) return null;
  const key = own(source.rawKey());
  const value = own(source.rawValue());
  return { rawKey: () => key, rawValue: () => value };
}

function own(bytes: Uint8Array | null): Uint8Array | null {
  return bytes === null ? null : new Uint8Array(bytes);
}
