import { InvalidArgumentError, noHeaders, type KeyValue, type Serde } from "../model/index.js";
import { keySerdeOf } from "../serde/index.js";
import type { SentRecord } from "./sent-record.js";
import type { PipeOptions, TestRecord } from "./test-record.js";

/** How a test writes a topic. */
export interface InputTopicOptions<K, V> {
  readonly key: Serde<K>;
  readonly value: Serde<V>;
  /** Timestamp of the first record piped without one, milliseconds since the epoch. Default: the driver's wall clock. */
  readonly startTimestampMs?: number;
  /** By how much that time moves on with each such record. Default 0. */
  readonly autoAdvanceMs?: number;
}

/** Takes serialised records. */
export type PipeTarget = (record: SentRecord) => void;

/** Pipes records of one topic into a topology. Each is processed to its end, commit included, before the call returns (R26). */
export class TestInputTopic<K, V> {
  readonly topic: string;
  private readonly key: Serde<K>;
  private readonly value: Serde<V>;
  private readonly autoAdvanceMs: number;
  private readonly target: PipeTarget;
  private timeMs: number;

  constructor(
    topic: string,
    options: InputTopicOptions<K, V> & { readonly startTimestampMs: number },
    target: PipeTarget,
  ) {
    this.topic = topic;
    this.key = keySerdeOf(options.key);
    this.value = options.value;
    this.timeMs = notNegative(options.startTimestampMs, "startTimestampMs");
    this.autoAdvanceMs = notNegative(options.autoAdvanceMs ?? 0, "autoAdvanceMs");
    this.target = target;
  }

  /** Pipes one record. Without a timestamp it gets the topic's time, which then moves on by `autoAdvanceMs`. */
  pipeInput(key: K | null, value: V | null, options: PipeOptions = {}): void {
    const { headers = noHeaders } = options;
    const timestamp = options.timestamp ?? this.nextTimeMs();
    if (timestamp < 0) {
      throw new InvalidArgumentError(
        `A record for ${this.topic} has timestamp ${timestamp}. Pipe records with timestamps of at least 0.`,
      );
    }
    const { topic } = this;
    this.target({
      topic,
      key: key === null ? null : this.key.serialize(topic, key, headers),
      value: value === null ? null : this.value.serialize(topic, value, headers),
      timestamp,
      headers,
    });
  }

  /** Pipes a record without a key. */
  pipeValue(value: V | null, options: PipeOptions = {}): void {
    this.pipeInput(null, value, options);
  }

  /** Pipes `[key, value]` pairs, or `{ key, value }` objects, in order. */
  pipeKeyValueList(entries: Iterable<readonly [K | null, V | null] | KeyValue<K | null, V | null>>): void {
    for (const entry of entries) {
      if ("key" in entry) this.pipeInput(entry.key, entry.value);
      else this.pipeInput(entry[0], entry[1]);
    }
  }

  /** Pipes records without keys, in order. */
  pipeValueList(values: Iterable<V | null>): void {
    for (const value of values) this.pipeInput(null, value);
  }

  /** Pipes records with their own timestamps and headers where they have any, in order. */
  pipeRecordList(records: Iterable<KeyValue<K | null, V | null> & Partial<TestRecord<K, V>>>): void {
    for (const record of records) this.pipeInput(record.key, record.value, record);
  }

  /** Moves the topic's time on by `ms`. */
  advanceTime(ms: number): void {
    this.timeMs += notNegative(ms, "ms");
  }

  private nextTimeMs(): number {
    const { timeMs } = this;
    this.timeMs += this.autoAdvanceMs;
    return timeMs;
  }
}

function notNegative(ms: number, name: string): number {
  if (ms >= 0) return ms;
  throw new InvalidArgumentError(`${name} is ${ms}, it must not be negative.`);
}
