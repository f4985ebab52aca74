import { Producer, tp, type KafkaClient, type RawRecord, type TopicPartition } from "@millrace/kafka-client";
import { Deferred, MillraceError } from "@millrace/kernel";
import type { Observable, Subscriber } from "rxjs";
import { unpreparedError, type Serde } from "../../model/index.js";
import { hasToOpen, keySerdeOf } from "../../serde/index.js";
import { whenPrepared } from "../when-prepared.js";
import { rxjs } from "./load-rxjs.js";

/** A topic, and how its records are read or written. */
export interface ObservedTopic<K, V> {
  readonly topic: string;
  readonly key: Serde<K>;
  readonly value: Serde<V>;
}

export interface ObservedTopicSource<K, V> extends ObservedTopic<K, V> {
  /** Where each subscription begins. Default "earliest". */
  readonly from?: "earliest" | "latest";
}

/** A record as observables have it. */
export interface ObservedRecord<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

const POLL_MS = 100;

/**
 * The records of a topic, each partition's in order, those that are committed only; goes on until it is unsubscribed. Each
 * subscription reads for itself, without a group. Errs with what the cluster or the serdes throw.
 */
export function toObservable<K, V>(
  client: KafkaClient,
  source: ObservedTopicSource<K, V>,
): Observable<ObservedRecord<K, V>> {
  return new (rxjs().Observable)<ObservedRecord<K, V>>((subscriber) => {
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    read(client, consumer, source, subscriber)
      .catch((error: unknown) => subscriber.error(error))
      .finally(() => consumer.close());
    return () => consumer.wakeup();
  });
}

async function read<K, V>(
  client: KafkaClient,
  consumer: ReturnType<KafkaClient["restoreConsumer"]>,
  { topic, key, value: values, from = "earliest" }: ObservedTopicSource<K, V>,
  subscriber: Subscriber<ObservedRecord<K, V>>,
): Promise<void> {
  const described = (await client.admin().describeTopics([topic])).get(topic);
  const partitions: TopicPartition[] = Array.from({ length: described?.partitions ?? 0 }, (_, at) => tp(topic, at));
  if (partitions.length === 0) throw new ObservedTopicError(`Topic ${topic} does not exist. Create it first.`);
  consumer.assign(await client.admin().listOffsets(partitions, from, "read_committed"));
  const keys = keySerdeOf(key);
  const rowOf = (record: RawRecord): ObservedRecord<K, V> => ({
    key: record.key === null ? null : keys.deserialize(topic, record.key),
    value: record.value === null ? null : values.deserialize(topic, record.value),
    timestamp: record.timestamp,
  });
  while (!subscriber.closed) {
    for (const { records } of await consumer.poll(POLL_MS)) {
      while (!subscriber.closed && records.next()) {
        const record = records.record();
        let row: ObservedRecord<K, V>;
        try {
          row = rowOf(record);
        } catch (error) {
          if (unpreparedError(error) === null) throw error;
          row = await whenPrepared(() => rowOf(record));
        }
        subscriber.next(row);
      }
    }
  }
}

/** A record on its way from an observable to a topic. */
export interface OutgoingRow<K, V> {
  readonly key: K | null;
  readonly value: V | null;
  /** Milliseconds since the epoch. Default: now. */
  readonly timestamp?: number;
}

/** What can be subscribed to: an observable of rxjs, or of any other library. */
export interface Subscribable<T> {
  subscribe(observer: { next(value: T): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void };
}

/** How many records may wait for the cluster to take them: an observable cannot be told to wait. */
const WAITING_MAX = 100_000;

/**
 * Sends what the observable gives to a topic. Resolves with the number of records when it has completed and all are
 * acknowledged. Rejects, and unsubscribes, with what it errs with, with what the serdes throw or the cluster answers, and
 * with ObservedTopicError when it gives more than the cluster takes.
 */
export async function fromObservable<K, V>(
  observable: Subscribable<OutgoingRow<K, V>>,
  client: KafkaClient,
  { topic, key, value: values }: ObservedTopic<K, V>,
): Promise<number> {
  const keys = keySerdeOf(key);
  const opened = openSerdes(topic, keys, values);
  await using producer = new Producer(client);
  const done = new Deferred<void>();
  let given = 0;
  let waiting = 0;
  let complete = false;
  const finishIfDone = (): void => {
    if (complete && waiting === 0) done.resolve();
  };
  const send = async ({ key, value, timestamp }: OutgoingRow<K, V>): Promise<void> => {
    if (++waiting > WAITING_MAX) {
      throw new ObservedTopicError(`More than ${WAITING_MAX} records wait to be sent to ${topic}. Give them slower.`);
    }
    // All wait for one promise: they go on in their order.
    if (opened !== null) await opened;
    await producer.send({
      topic,
      key: key === null ? null : keys.serialize(topic, key),
      value: value === null ? null : values.serialize(topic, value),
      ...(timestamp === undefined ? {} : { timestamp }),
    });
    waiting--;
    finishIfDone();
  };
  const next = (record: OutgoingRow<K, V>): void => {
    if (done.settled) return;
    given++;
    send(record).catch((error: unknown) => done.reject(error));
  };
  const subscription = observable.subscribe({
    next,
    error: (error) => done.reject(error),
    complete: () => {
      complete = true;
      finishIfDone();
    },
  });
  try {
    await done.promise;
  } finally {
    subscription.unsubscribe();
  }
  return given;
}

/** Null: there is nothing to wait for. */
function openSerdes(topic: string, key: Serde<unknown>, value: Serde<unknown>): Promise<unknown> | null {
  if (!hasToOpen(key) && !hasToOpen(value)) return null;
  const context = { applicationId: "", topics: [topic], storedTopics: [] };
  return Promise.all([key.open?.({ ...context, isKey: true }), value.open?.({ ...context, isKey: false })]);
}

/** A topic cannot be observed, or not written as fast as an observable gives. */
export class ObservedTopicError extends MillraceError {
  readonly code = "MILLRACE_OBSERVED_TOPIC";
}
