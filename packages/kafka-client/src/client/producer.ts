import { Deferred, systemEnvironment, type Environment } from "@millrace/kernel";
import type { KafkaClient } from "../port/client.js";
import type { GroupMetadata, OffsetAndMetadata } from "../port/consumer.js";
import { RecordRefusedError } from "../port/errors.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import type { RawHeaders } from "../port/records.js";
import { tp, type TopicPartition, type TpMap } from "../port/topic-partition.js";
import { toBytes, type BytesLike } from "./bytes-like.js";
import { partitionOfKey } from "./murmur2.js";

/** A record to send. Strings are written as UTF-8. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key?: BytesLike;
  readonly value: BytesLike;
  /** Default: by the key's hash, as Kafka's own clients; without a key, partitions take turns. */
  readonly partition?: number;
  /** Milliseconds since the epoch. Default: now. */
  readonly timestamp?: number;
  /** In order; a list of pairs may name a header twice. */
  readonly headers?: Readonly<Record<string, BytesLike>> | readonly (readonly [string, BytesLike])[];
}

/** Where a record went. */
export interface Delivery {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A {@link ProducerConfig} without what the producer uses itself. */
export interface ProducerOptions extends Omit<ProducerConfig, "onBatch" | "onUnplaced"> {
  /** Where "now" comes from. Default: the system. */
  readonly environment?: Environment;
}

/** What can be done inside {@link Producer.transaction}. */
export interface TransactionScope {
  send(record: OutgoingRecord): Promise<Delivery>;
  /** Commits a consumer's offsets together with the records. */
  sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void>;
}

/** Sends records. Idempotent, or transactional when it has a `transactionalId`. */
export class Producer {
  readonly #producer: StreamsProducer;
  readonly #environment: Environment;
  /** Sends not answered yet, in the order of each partition: answers come in that order too. */
  readonly #waiting = new Map<TopicPartition, Deferred<Delivery>[]>();
  /** Sends whose topic is being looked up, in their order. */
  readonly #unplaced = new Map<string, Deferred<Delivery>[]>();
  readonly #transactional: boolean;
  /** The first failure since the last flush. */
  #failure: Error | null = null;
  #initialised: Promise<void> | null = null;
  #turn = 0;

  constructor(client: KafkaClient, options: ProducerOptions = {}) {
    const { environment, ...config } = options;
    this.#environment = environment ?? systemEnvironment();
    this.#transactional = config.transactionalId !== undefined;
    this.#producer = client.producer({
      ...config,
      // eslint-disable-next-line max-params -- the port's callback
      onBatch: (partition, _first, count, baseOffset, error) => this.#settle(partition, count, baseOffset, error),
      onUnplaced: (topic, count, error) => this.#giveUp(topic, count, error),
    });
  }

  /** Resolves when the record is acknowledged; rejects with a typed error when it cannot be. */
  async send(record: OutgoingRecord): Promise<Delivery> {
    if (!this.#transactional) await this.#init();
    await this.#producer.drained();
    return this.#append(record);
  }

  /** Sends records in their order; resolves when all are acknowledged, with their places in the same order. */
  async sendBatch(records: readonly OutgoingRecord[]): Promise<Delivery[]> {
    if (!this.#transactional) await this.#init();
    const sent: Promise<Delivery>[] = [];
    for (const record of records) {
      await this.#producer.drained();
      const delivery = this.#append(record);
      // Settled by the Promise.all below, which may come after the first has failed.
      delivery.catch(() => undefined);
      sent.push(delivery);
    }
    return Promise.all(sent);
  }

  /** Runs `work` in a transaction: commits when it resolves, aborts and throws on when it rejects. */
  async transaction<T>(work: (scope: TransactionScope) => Promise<T>): Promise<T> {
    await this.#init();
    this.#producer.begin();
    try {
      const result = await work({
        send: (record) => this.send(record),
        sendOffsets: (offsets, group) => this.#producer.sendOffsets(offsets, group),
      });
      await this.#producer.commit();
      return result;
    } catch (error) {
      // The first error is the one to tell; a fenced producer cannot abort either.
      await this.#producer.abort().catch(() => undefined);
      throw error;
    }
  }

  /** Resolves when all that was sent is acknowledged. Throws when something sent since the last flush could not be. */
  async flush(): Promise<void> {
    try {
      await this.#producer.flush();
      if (this.#failure !== null) throw this.#failure;
    } finally {
      this.#failure = null;
    }
  }

  async close(): Promise<void> {
    await this.#producer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Once, unless it failed. */
  #init(): Promise<void> {
    this.#initialised ??= this.#producer.init().catch((error: unknown) => {
      this.#initialised = null;
      throw error;
    });
    return this.#initialised;
  }

  #append(record: OutgoingRecord): Promise<Delivery> {
    const key = toBytes(record.key);
    const answer = new Deferred<Delivery>();
    let queue: Deferred<Delivery>[] | undefined;
    let lookedUp = false;
    // Called once the partition count is known, in the order of the records, so the queues are in that order.
    const pick = (count: number): number => {
      const partition = record.partition ?? (key === null ? this.#turn++ % count : partitionOfKey(key, count));
      if (!(partition >= 0 && partition < count)) throw noSuchPartition(record.topic, count, partition);
      if (lookedUp) this.#unplaced.get(record.topic)!.shift();
      queue = this.#queueOf(record.topic, partition);
      queue.push(answer);
      return partition;
    };
    const timestamp = record.timestamp ?? this.#environment.clock.nowMs();
    try {
      this.#producer.append(record.topic, pick, key, toBytes(record.value), timestamp, toHeaders(record.headers));
      if (queue === undefined) {
        lookedUp = true;
        queueIn(this.#unplaced, record.topic).push(answer);
      }
    } catch (error) {
      if (queue?.at(-1) === answer) queue.pop();
      answer.reject(error);
    }
    return answer.promise;
  }

  #queueOf(topic: string, partition: number): Deferred<Delivery>[] {
    return queueIn(this.#waiting, tp(topic, partition));
  }

  #settle(partition: TopicPartition, count: number, baseOffset: number, error: Error | null): void {
    this.#failure ??= error;
    const answers = this.#waiting.get(partition)?.splice(0, count) ?? [];
    for (const [index, answer] of answers.entries()) {
      if (error !== null) answer.reject(error);
      else answer.resolve({ topic: partition.topic, partition: partition.partition, offset: baseOffset + index });
    }
  }

  #giveUp(topic: string, count: number, error: Error): void {
    this.#failure ??= error;
    for (const answer of this.#unplaced.get(topic)?.splice(0, count) ?? []) answer.reject(error);
  }
}

function queueIn<K, V>(queues: Map<K, V[]>, key: K): V[] {
  let queue = queues.get(key);
  if (queue === undefined) queues.set(key, (queue = []));
  return queue;
}

function noSuchPartition(topic: string, count: number, partition: number): RecordRefusedError {
  return new RecordRefusedError(
    `Topic ${topic} has ${count} partitions, so there is no partition ${partition}. Choose one from 0 to ${count - 1}.`,
  );
}

function toHeaders(headers: OutgoingRecord["headers"]): RawHeaders | null {
  if (headers === undefined) return null;
  const pairs = Array.isArray(headers)
    ? (headers as readonly (readonly [string, BytesLike])[])
    : Object.entries(headers);
  return pairs.map(([key, value]) => ({ key, value: toBytes(value) }));
}
