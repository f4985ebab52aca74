import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { KafkaClient } from "../port/client.js";
import type { GroupMetadata, OffsetAndMetadata } from "../port/consumer.js";
import type { ProducerConfig, StreamsProducer } from "../port/producer.js";
import type { RawHeaders } from "../port/records.js";
import { tp, type TopicPartition, type TpMap } from "../port/topic-partition.js";
import { Breather } from "../reading/breather.js";
import { noSuchPartition } from "../writing/producer-errors.js";
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

/** Is told what became of a record: where it went, or why it is lost. One of the two is null. */
export type DeliveryListener = (error: Error | null, delivery: Delivery | null) => void;

/** What has become of the records handed to a producer so far. */
export interface DeliveryCounts {
  readonly acknowledged: number;
  /** Refused, or given up: they are not in the topic, but for those whose answer alone was lost. */
  readonly failed: number;
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
  readonly #breather: Breather;
  /** Who waits for the records that are not answered yet, in the order of each partition: answers come in that order too. */
  readonly #waiting = new Map<TopicPartition, (DeliveryListener | null)[]>();
  /** The same for records whose topic is being looked up, in their order. */
  readonly #unplaced = new Map<string, (DeliveryListener | null)[]>();
  readonly #transactional: boolean;
  #acknowledged = 0;
  #failed = 0;
  /** The first failure since the last flush. */
  #failure: Error | null = null;
  #initialised: Promise<void> | null = null;
  #turn = 0;

  constructor(client: KafkaClient, options: ProducerOptions = {}) {
    const { environment, ...config } = options;
    this.#environment = environment ?? systemEnvironment();
    this.#breather = new Breather(this.#environment);
    this.#transactional = config.transactionalId !== undefined;
    this.#producer = client.producer({
      ...config,
      // eslint-disable-next-line max-params -- the port's callback
      onBatch: (partition, _first, count, baseOffset, error) => this.#settle(partition, count, baseOffset, error),
      onUnplaced: (topic, count, error) => this.#giveUp(topic, count, error),
    });
  }

  /** How many records were acknowledged, and how many were lost, whichever way they were sent. */
  get counts(): DeliveryCounts {
    return { acknowledged: this.#acknowledged, failed: this.#failed };
  }

  /** Resolves when the record is acknowledged; rejects with a typed error when it cannot be. */
  async send(record: OutgoingRecord): Promise<Delivery> {
    if (!this.#transactional) await this.#init();
    await this.#producer.drained();
    return this.#appendAndWait(record);
  }

  /**
   * Hands the record over without waiting for its acknowledgement: resolves when it is in the buffer, which may take until
   * there is room. `onReport` is told once what became of it; without it, a loss shows in {@link counts} and in the next
   * {@link flush}. Rejects with a typed error when the producer does not take the record; `onReport` is not called then.
   */
  async post(record: OutgoingRecord, onReport: DeliveryListener | null = null): Promise<void> {
    if (!this.#transactional) await this.#init();
    // Posting in a loop waits for promises only, and would keep the sockets from their turn until the buffer is full.
    if (this.#breather.due) await this.#breather.breathe();
    await this.#producer.drained();
    this.#append(record, onReport);
  }

  /** Sends records in their order; resolves when all are acknowledged, with their places in the same order. */
  async sendBatch(records: readonly OutgoingRecord[]): Promise<Delivery[]> {
    if (!this.#transactional) await this.#init();
    const sent: Promise<Delivery>[] = [];
    for (const record of records) {
      await this.#producer.drained();
      const delivery = this.#appendAndWait(record);
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

  #appendAndWait(record: OutgoingRecord): Promise<Delivery> {
    return new Promise((resolve, reject) => {
      this.#append(record, (error, delivery) => (delivery === null ? reject(error!) : resolve(delivery)));
    });
  }

  /** Throws when the record is not taken; its listener is not called then. */
  #append(record: OutgoingRecord, listener: DeliveryListener | null): void {
    const key = toBytes(record.key);
    let queue: (DeliveryListener | null)[] | undefined;
    let lookedUp = false;
    // Called once the partition count is known, in the order of the records, so the queues are in that order.
    const pick = (count: number): number => {
      const partition = record.partition ?? (key === null ? this.#turn++ % count : partitionOfKey(key, count));
      if (!(partition >= 0 && partition < count)) throw noSuchPartition(record.topic, count, partition);
      if (lookedUp) this.#unplaced.get(record.topic)!.shift();
      queue = queueIn(this.#waiting, tp(record.topic, partition));
      queue.push(listener);
      return partition;
    };
    const timestamp = record.timestamp ?? this.#environment.clock.nowMs();
    try {
      this.#producer.append(record.topic, pick, key, toBytes(record.value), timestamp, toHeaders(record.headers));
    } catch (error) {
      // Nothing was awaited since it was put there, so it is the last one.
      queue?.pop();
      this.#failed++;
      throw error;
    }
    if (queue === undefined) {
      lookedUp = true;
      queueIn(this.#unplaced, record.topic).push(listener);
    }
  }

  #settle(partition: TopicPartition, count: number, baseOffset: number, error: Error | null): void {
    if (error === null) this.#acknowledged += count;
    else this.#lost(count, error);
    const listeners = this.#waiting.get(partition)?.splice(0, count) ?? [];
    for (const [index, listener] of listeners.entries()) {
      if (listener === null) continue;
      const delivery = { topic: partition.topic, partition: partition.partition, offset: baseOffset + index };
      this.#tell(listener, error, error === null ? delivery : null);
    }
  }

  #giveUp(topic: string, count: number, error: Error): void {
    this.#lost(count, error);
    for (const listener of this.#unplaced.get(topic)?.splice(0, count) ?? []) {
      if (listener !== null) this.#tell(listener, error, null);
    }
  }

  #lost(count: number, error: Error): void {
    this.#failed += count;
    this.#failure ??= error;
  }

  /** A listener that throws must not keep the others from being told. */
  #tell(listener: DeliveryListener, error: Error | null, delivery: Delivery | null): void {
    try {
      listener(error, delivery);
    } catch (thrown) {
      this.#environment.logger.error("The listener for a record's delivery threw.", { error: thrown });
    }
  }
}

function queueIn<K, V>(queues: Map<K, V[]>, key: K): V[] {
  let queue = queues.get(key);
  if (queue === undefined) queues.set(key, (queue = []));
  return queue;
}

function toHeaders(headers: OutgoingRecord["headers"]): RawHeaders | null {
  if (headers === undefined) return null;
  const pairs = Array.isArray(headers)
    ? (headers as readonly (readonly [string, BytesLike])[])
    : Object.entries(headers);
  return pairs.map(([key, value]) => ({ key, value: toBytes(value) }));
}
