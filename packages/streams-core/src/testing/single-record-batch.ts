import type { FetchedPartition, RawHeaders, RawRecord, RecordCursor, TopicPartition } from "@millrace/kafka-client";
import type { SentRecord } from "./sent-record.js";

/** One record as a fetched batch and the cursor over it. */
export class SingleRecordBatch implements FetchedPartition, RecordCursor {
  readonly tp: TopicPartition;
  readonly records: RecordCursor = this;
  readonly countHint = 1;
  readonly offset: number;
  readonly nextOffset: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly timestamp: number;
  readonly buffer: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  private readonly source: Omit<SentRecord, "topic">;
  private read = false;

  constructor(tp: TopicPartition, offset: number, source: Omit<SentRecord, "topic">) {
    const { key, value } = source;
    const keyLength = key === null ? 0 : key.length;
    const valueLength = value === null ? 0 : value.length;
    this.tp = tp;
    this.offset = offset;
    this.nextOffset = offset + 1;
    this.highWatermark = offset + 1;
    this.lastStableOffset = offset + 1;
    this.timestamp = source.timestamp;
    this.source = source;
    this.buffer = new Uint8Array(keyLength + valueLength);
    if (key !== null) this.buffer.set(key, 0);
    if (value !== null) this.buffer.set(value, keyLength);
    this.keyStart = key === null ? -1 : 0;
    this.keyEnd = key === null ? -1 : keyLength;
    this.valueStart = value === null ? -1 : keyLength;
    this.valueEnd = value === null ? -1 : keyLength + valueLength;
  }

  next(): boolean {
    if (this.read) return false;
    this.read = true;
    return true;
  }

  headers(): RawHeaders | null {
    const { headers } = this.source;
    return headers.length === 0 ? null : headers;
  }

  record(): RawRecord {
    const { key, value } = this.source;
    return { offset: this.offset, timestamp: this.timestamp, key, value, headers: this.headers() };
  }
}
