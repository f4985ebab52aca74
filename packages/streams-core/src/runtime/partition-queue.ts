import type { FetchedPartition, RecordCursor, TopicPartition } from "@millrace/kafka-client";
import type { Counter } from "@millrace/kernel";
import {
  noHeaders,
  StreamRecord,
  unpreparedError,
  type Headers,
  type Serde,
  type TimestampExtractor,
} from "../model/index.js";
import type { SourceBytes } from "../stores/index.js";
import { serdes } from "../serde/index.js";
import { failOnInvalidTimestamp } from "../time/index.js";
import type { NodeSource } from "./node-source.js";
import { errorContextOf, type TaskEnvironment } from "./task-environment.js";
import { DeserializationError, TaskError } from "./task-errors.js";

/** What an empty queue and a queue of nothing but bad records are ordered by. */
const NO_TIME = -1;

/**
 * The records of one partition that wait for their turn. Only the head is read: the rest stays in the buffers it came
 * in. Reading the head skips what cannot be read or has a negative timestamp (T4); when that leaves nothing, a
 * placeholder stays as the head, so that its offset is committed (KAFKA-6502).
 */
export class PartitionQueue implements SourceBytes {
  readonly tp: TopicPartition;
  readonly source: NodeSource;
  /** Timestamp of the head. */
  rank = NO_TIME;
  /** Greatest timestamp taken (T1). */
  partitionTimeMs = NO_TIME;
  /** Next offset to read, once anything is known; -1 before. */
  nextOffset = -1;
  /** The record taken last; null for a placeholder. */
  taken: StreamRecord<unknown, unknown> | null = null;
  takenOffset = -1;
  /** True while the next record waits for its serde to be prepared: `readUnprepared` reads it then. */
  unprepared = false;
  /** Records taken and read since the last report. */
  consumed = 0;
  private readonly consumedCounter: Counter;
  private readonly task: TaskEnvironment;
  private readonly extractor: TimestampExtractor | null;
  private readonly isText: boolean;
  private head: StreamRecord<unknown, unknown> | null = null;
  private headOffset = -1;
  private headHeaders: Headers = noHeaders;
  private occupied = false;
  private readonly batches: FetchedPartition[] = [];
  private cursor: RecordCursor | null = null;
  private cursorLeft = 0;
  private waiting = 0;
  // Where the bytes of the head and of the record taken are.
  private headBuffer: Uint8Array | null = null;
  private headKeyStart = -1;
  private headKeyEnd = -1;
  private headValueStart = -1;
  private headValueEnd = -1;
  private buffer: Uint8Array | null = null;
  private keyStart = -1;
  private keyEnd = -1;
  private valueStart = -1;
  private valueEnd = -1;

  constructor(tp: TopicPartition, source: NodeSource, task: TaskEnvironment) {
    this.tp = tp;
    this.source = source;
    this.task = task;
    const tags = { task: task.taskId, topic: tp.topic };
    this.consumedCounter = task.environment.metrics.counter("stream-topic", "records-consumed-total", tags);
    task.counting.push(this);
    // The default extractor takes the record's own timestamp: no call and no object for that.
    this.extractor = source.timestampExtractor === failOnInvalidTimestamp ? null : source.timestampExtractor;
    this.isText = source.key === serdes.string && source.value === serdes.string;
  }

  /** True when `take` has something to take. */
  get ready(): boolean {
    return this.occupied;
  }

  /** Upper bound of the records waiting. */
  get buffered(): number {
    return this.waiting + this.cursorLeft + (this.occupied || this.unprepared ? 1 : 0);
  }

  /** Offset of the head, or what follows the last record: all before it is done. -1 when nothing is known yet. */
  get position(): number {
    return this.occupied || this.unprepared ? this.headOffset : this.nextOffset;
  }

  /** Adds a batch; its first record is read at once if the queue was empty. */
  add(batch: FetchedPartition): void {
    this.batches.push(batch);
    this.waiting += batch.countHint;
    if (!this.occupied && !this.unprepared) this.advance();
  }

  /** Reads the record that waited for its serde, again. */
  readUnprepared(): void {
    this.unprepared = false;
    this.advance(true);
  }

  /** Moves the head to `taken` and reads the next one. Only when `ready`. */
  take(): void {
    this.taken = this.head;
    this.takenOffset = this.headOffset;
    this.buffer = this.headBuffer;
    this.keyStart = this.headKeyStart;
    this.keyEnd = this.headKeyEnd;
    this.valueStart = this.headValueStart;
    this.valueEnd = this.headValueEnd;
    if (this.rank > this.partitionTimeMs) this.partitionTimeMs = this.rank;
    this.advance();
  }

  clear(): void {
    this.batches.length = 0;
    this.cursor = null;
    this.cursorLeft = 0;
    this.waiting = 0;
    this.head = null;
    this.occupied = false;
    this.unprepared = false;
    this.rank = NO_TIME;
  }

  report(): void {
    this.consumedCounter.add(this.consumed);
    this.consumed = 0;
  }

  rawKey(): Uint8Array | null {
    return this.keyStart < 0 ? null : this.buffer!.subarray(this.keyStart, this.keyEnd);
  }

  rawValue(): Uint8Array | null {
    return this.valueStart < 0 ? null : this.buffer!.subarray(this.valueStart, this.valueEnd);
  }

  /** `again`: the cursor stands on the record to read. */
  private advance(again = false): void {
    let readAgain = again;
    let skipped = false;
    this.head = null;
    this.rank = NO_TIME;
    for (;;) {
      const { cursor } = this;
      if (cursor === null || !(readAgain || cursor.next())) {
        if (!this.nextBatch()) break;
        continue;
      }
      if (this.cursorLeft > 0 && !readAgain) this.cursorLeft--;
      readAgain = false;
      this.headOffset = cursor.offset;
      if (this.read(cursor)) {
        this.occupied = true;
        return;
      }
      if (this.unprepared) {
        this.occupied = false;
        return;
      }
      skipped = true;
    }
    this.occupied = skipped;
  }

  private nextBatch(): boolean {
    if (this.cursor !== null) {
      this.cursor = null;
      this.cursorLeft = 0;
    }
    const batch = this.batches.shift();
    if (batch === undefined) return false;
    this.waiting -= batch.countHint;
    this.cursor = batch.records;
    this.cursorLeft = batch.countHint;
    this.nextOffset = batch.nextOffset;
    return true;
  }

  /** Makes the record the cursor stands on the head; false when it is to be skipped. */
  private read(cursor: RecordCursor): boolean {
    const { source } = this;
    const headers = cursor.headers() ?? noHeaders;
    this.headHeaders = headers;
    let key: unknown;
    let value: unknown;
    try {
      key = this.decode(source.key, cursor.buffer, cursor.keyStart, cursor.keyEnd);
      // A stream that was grouped by its own values has every text twice: decoding one is most of a short record's cost.
      if (this.isText && valueIsKey(cursor)) value = key;
      else value = this.decode(source.value, cursor.buffer, cursor.valueStart, cursor.valueEnd);
    } catch (error) {
      const unprepared = unpreparedError(error);
      if (unprepared === null) this.unreadable(cursor, headers, error);
      else {
        this.task.unprepared = unprepared;
        this.unprepared = true;
      }
      return false;
    }
    let { timestamp } = cursor;
    if (this.extractor !== null || timestamp < 0) timestamp = this.extract(cursor, key, value, headers);
    if (timestamp < 0) {
      this.skip(cursor, headers, `its timestamp ${timestamp} is negative`);
      return false;
    }
    this.head = new StreamRecord(key, value, timestamp, headers);
    this.rank = timestamp;
    this.headBuffer = cursor.buffer;
    this.headKeyStart = cursor.keyStart;
    this.headKeyEnd = cursor.keyEnd;
    this.headValueStart = cursor.valueStart;
    this.headValueEnd = cursor.valueEnd;
    return true;
  }

  private decode(serde: Serde<unknown>, buffer: Uint8Array, start: number, end: number): unknown {
    if (start < 0) return null;
    if (serde.read !== undefined) return serde.read(buffer, start, end);
    return serde.deserialize(this.tp.topic, buffer.subarray(start, end), this.headHeaders);
  }

  private extract(cursor: RecordCursor, key: unknown, value: unknown, headers: Headers): number {
    const { topic, partition } = this.tp;
    const { offset, timestamp } = cursor;
    try {
      return this.source.timestampExtractor(
        { topic, partition, offset, timestamp, key, value, headers },
        this.partitionTimeMs,
      );
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new TaskError(`The timestamp extractor failed at ${topic}-${partition} offset ${offset}: ${reason}`, {
        cause,
      });
    }
  }

  private unreadable(cursor: RecordCursor, headers: Headers, error: unknown): void {
    const { topic, partition } = this.tp;
    const { offset, timestamp } = cursor;
    const raw = cursor.record();
    const bytes = { rawKey: () => raw.key, rawValue: () => raw.value };
    const place = { topic, partition, offset, timestamp, headers };
    const context = errorContextOf(place, bytes, this.source.name, this.task.taskId);
    if (this.task.decisions.onReading(context, error) === "fail") {
      throw new DeserializationError(context, error);
    }
    this.skip(cursor, headers, `it cannot be read: ${String(error)}`);
  }

  private skip(cursor: RecordCursor, headers: Headers, reason: string): void {
    const { current } = this.task;
    const { source } = current;
    const before = current.snapshot();
    const { topic, partition } = this.tp;
    current.moveTo({ topic, partition, offset: cursor.offset, timestamp: cursor.timestamp, headers }, null);
    this.task.dropRecord(this.source.name, reason);
    current.moveTo(before, source);
  }
}

/** Whether key and value are the same bytes. */
function valueIsKey({ buffer, keyStart, keyEnd, valueStart, valueEnd }: RecordCursor): boolean {
  const length = keyEnd - keyStart;
  if (keyStart < 0 || valueStart < 0 || valueEnd - valueStart !== length) return false;
  for (let index = 0; index < length; index++) {
    if (buffer[keyStart + index] !== buffer[valueStart + index]) return false;
  }
  return true;
}
