import { StreamsError, type KeyValue, type Serde } from "../model/index.js";
import { keySerdeOf } from "../serde/index.js";
import type { CapturedTopic } from "./captured-topic.js";
import type { SentRecord } from "./sent-record.js";
import type { TestRecord } from "./test-record.js";

/** How a test reads a topic. */
export interface OutputTopicOptions<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

/** Reads what a topology wrote to one topic, in order and once: output topics of the same name share their position. */
export class TestOutputTopic<K, V> {
  readonly topic: string;
  private readonly key: Serde<K>;
  private readonly value: Serde<V>;
  private readonly captured: CapturedTopic;

  constructor(captured: CapturedTopic, options: OutputTopicOptions<K, V>) {
    this.topic = captured.name;
    this.key = keySerdeOf(options.key);
    this.value = options.value;
    this.captured = captured;
  }

  /** The next record. Throws StreamsError when there is none: ask `isEmpty` before. */
  readRecord(): TestRecord<K | null, V | null> {
    const record = this.captured.next();
    if (record === null) {
      throw new StreamsError(
        `Topic ${this.topic} has no more records. Pipe input first, or ask isEmpty before reading.`,
      );
    }
    return this.decode(record);
  }

  /** Key and value of the next record. Throws StreamsError when there is none. */
  readKeyValue(): KeyValue<K | null, V | null> {
    const { key, value } = this.readRecord();
    return { key, value };
  }

  /** The value of the next record. Throws StreamsError when there is none. */
  readValue(): V | null {
    return this.readRecord().value;
  }

  /** All records not read yet. */
  readAllRecords(): TestRecord<K | null, V | null>[] {
    const result: TestRecord<K | null, V | null>[] = [];
    for (let record = this.captured.next(); record !== null; record = this.captured.next()) {
      result.push(this.decode(record));
    }
    return result;
  }

  /** Keys and values of all records not read yet. */
  readAllKeyValues(): KeyValue<K | null, V | null>[] {
    return this.readAllRecords().map(({ key, value }) => ({ key, value }));
  }

  /** Values of all records not read yet. */
  readAllValues(): (V | null)[] {
    return this.readAllRecords().map(({ value }) => value);
  }

  /** The last value of each key among the records not read yet; a null value is kept as null. */
  readKeyValuesToMap(): Map<K | null, V | null> {
    return new Map(this.readAllRecords().map(({ key, value }) => [key, value]));
  }

  get isEmpty(): boolean {
    return this.queueSize === 0;
  }

  /** Number of records not read yet. */
  get queueSize(): number {
    return this.captured.unread;
  }

  private decode({ key, value, timestamp, headers }: SentRecord): TestRecord<K | null, V | null> {
    return {
      key: key === null ? null : this.key.deserialize(this.topic, key, headers),
      value: value === null ? null : this.value.deserialize(this.topic, value, headers),
      timestamp,
      headers,
    };
  }
}
