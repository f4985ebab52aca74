import type { Environment } from "@millrace/kernel";
import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import {
  FatalClientError,
  MissingTopicError,
  ProducerFencedError,
  RecordRefusedError,
  TransactionAbortableError,
} from "../../port/errors.js";
import type { PartitionPicker, ProducerConfig, StreamsProducer } from "../../port/producer.js";
import type { RawHeaders } from "../../port/records.js";
import type { OffsetMap, TopicPartition, TpMap } from "../../port/topic-partition.js";
import { codecAttribute } from "../../protocol/index.js";
import { TRANSACTIONAL } from "../../protocol/record-batch.js";
import { Linger } from "../../writing/linger.js";
import { producerDefaults } from "../../writing/producer-defaults.js";
import {
  abortFirst,
  noSuchPartition,
  noTransaction,
  notInitialised,
  producerClosed,
  transactionOpen,
} from "../../writing/producer-errors.js";
import type { Topic } from "../topics.js";
import type { ProducerIdentity, Transaction, Transactions } from "../transaction/transactions.js";
import { PartitionAccumulator, type BatchOrigin, type ReadyBatch } from "./partition-accumulator.js";

interface TopicBuffer {
  readonly topic: Topic;
  readonly accumulators: (PartitionAccumulator | undefined)[];
}

/** Finds a topic to write to; may create it. */
export type TopicForWriting = (name: string) => Topic | undefined;

/** Writes to the log of the same process, by the rules of a client of a real cluster. */
export class EmbeddedProducer implements StreamsProducer {
  readonly #config: ProducerConfig;
  readonly #topicForWriting: TopicForWriting;
  readonly #transactions: Transactions;
  readonly #onClose: () => void;
  readonly #batchBytes: number;
  readonly #linger: Linger;
  readonly #buffers = new Map<string, TopicBuffer>();
  #ready: ReadyBatch[] = [];
  #bufferedBytes = 0;
  #origin: BatchOrigin | null = null;
  #transaction: Transaction | null = null;
  #inTransaction = false;
  #sticky: Error | null = null;
  #dispatch: Promise<void> | null = null;
  #closed = false;
  #lastBuffer: TopicBuffer | null = null;
  #lastTopic = "";

  constructor(
    cluster: { transactions: Transactions; topicForWriting: TopicForWriting },
    config: ProducerConfig,
    environment: Environment,
    onClose: () => void,
  ) {
    this.#config = config;
    this.#topicForWriting = cluster.topicForWriting;
    this.#transactions = cluster.transactions;
    this.#onClose = onClose;
    this.#linger = new Linger(environment.scheduler, config.lingerMs ?? 0, () => this.#lingered());
    this.#batchBytes = config.batchBytes ?? producerDefaults.batchBytes;
    if (config.transactionalId === undefined) this.#setOrigin(this.#transactions.newProducer(), 0);
  }

  async init(): Promise<void> {
    this.#requireOpen();
    const { transactionalId, transactionTimeoutMs = producerDefaults.transactionTimeoutMs } = this.#config;
    if (transactionalId === undefined) return;
    this.#dropUnsent();
    this.#sticky = null;
    this.#inTransaction = false;
    this.#transaction = await this.#transactions.init(transactionalId, transactionTimeoutMs);
    this.#setOrigin(this.#transaction, TRANSACTIONAL);
  }

  begin(): void {
    this.#throwSticky();
    if (this.#transaction === null) throw notInitialised();
    if (this.#inTransaction) throw transactionOpen();
    this.#inTransaction = true;
  }

  // eslint-disable-next-line max-params -- the port's hot path: no object per record
  append(
    topic: string,
    partition: number | PartitionPicker,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RawHeaders | null = null,
  ): number {
    if (this.#sticky !== null) throw this.#sticky;
    const buffer = topic === this.#lastTopic && this.#lastBuffer !== null ? this.#lastBuffer : this.#bufferOf(topic);
    const chosen = typeof partition === "number" ? partition : partition(buffer.topic.logs.length);
    if (key === null && buffer.topic.compacted) throw keyMissing(topic);
    if (typeof chosen === "number") {
      const accumulator = buffer.accumulators[chosen] ?? this.#accumulatorOf(buffer, chosen);
      return this.#appendTo(accumulator, key, value, timestamp, headers);
    }
    const accumulators = chosen.map((index) => buffer.accumulators[index] ?? this.#accumulatorOf(buffer, index));
    for (const accumulator of accumulators) this.#appendTo(accumulator, key, value, timestamp, headers);
    return -1;
  }

  // eslint-disable-next-line max-params -- the hot path: no object per record
  #appendTo(
    accumulator: PartitionAccumulator,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RawHeaders | null,
  ): number {
    const before = accumulator.writer.bytes;
    const sequence = accumulator.append(key, value, timestamp, headers);
    const after = accumulator.writer.bytes;
    this.#bufferedBytes += after - before;
    if (after >= this.#batchBytes) this.#seal(accumulator);
    this.#linger.begin();
    return sequence;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  async drained(): Promise<void> {
    const limit = this.#config.bufferBytesMax ?? producerDefaults.bufferBytesMax;
    while (this.#bufferedBytes > limit && this.#sticky === null) {
      this.#sealAll();
      await this.#send();
    }
  }

  partitionsFor(topic: string): number | undefined {
    return this.#topicForWriting(topic)?.logs.length;
  }

  async flush(): Promise<OffsetMap> {
    this.#throwSticky();
    this.#sealAll();
    await this.#send();
    this.#throwSticky();
    const acked = new Map<TopicPartition, number>();
    for (const accumulator of this.#accumulators()) {
      if (accumulator.acked !== undefined) acked.set(accumulator.log.tp, accumulator.acked);
    }
    return acked;
  }

  acked(partition: TopicPartition): number | undefined {
    return this.#buffers.get(partition.topic)?.accumulators[partition.partition]?.acked;
  }

  async sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    this.#throwSticky();
    const transaction = this.#requireTransaction();
    if (offsets.size === 0) return;
    try {
      await this.#previousEnded();
      this.#transactions.check(transaction, this.#identity());
      this.#transactions.addOffsets(transaction, offsets, group);
    } catch (error) {
      this.#fail(error);
      throw error;
    }
  }

  async commit(): Promise<void> {
    await this.flush();
    await this.#end(true);
  }

  async abort(): Promise<void> {
    if (this.#sticky instanceof ProducerFencedError) throw this.#sticky;
    this.#dropUnsent();
    // What is on its way is part of the transaction: it must be stored before the end, or would be after it.
    await this.#dispatch;
    this.#sticky = null;
    await this.#end(false);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    try {
      if (this.#sticky !== null) this.#dropUnsent();
      else if (this.#inTransaction) await this.abort();
      else if (this.#transaction === null) await this.flush();
    } finally {
      this.#closed = true;
      this.#sticky ??= producerClosed();
      this.#onClose();
    }
  }

  #bufferOf(name: string): TopicBuffer {
    if (this.#transaction !== null || this.#origin === null) this.#requireTransaction();
    const topic = this.#topicForWriting(name);
    if (topic === undefined) throw missingTopic(name);
    let buffer = this.#buffers.get(name);
    if (buffer?.topic !== topic) {
      // Records for a topic of that name that was deleted fail when they are stored.
      if (buffer !== undefined) this.#sealAll();
      this.#buffers.set(name, (buffer = { topic, accumulators: [] }));
    }
    // Forgotten when the transaction ends and after each linger, so the checks above are made again then.
    this.#lastTopic = name;
    this.#lastBuffer = buffer;
    return buffer;
  }

  #accumulatorOf(buffer: TopicBuffer, index: number): PartitionAccumulator {
    const log = buffer.topic.logs[index];
    if (log === undefined) throw noSuchPartition(buffer.topic.name, buffer.topic.logs.length, index);
    const accumulator = new PartitionAccumulator(log, this.#batchBytes);
    buffer.accumulators[index] = accumulator;
    return accumulator;
  }

  *#accumulators(): Iterable<PartitionAccumulator> {
    for (const { accumulators } of this.#buffers.values()) {
      for (const accumulator of accumulators) if (accumulator !== undefined) yield accumulator;
    }
  }

  #seal(accumulator: PartitionAccumulator): void {
    this.#ready.push(accumulator.seal(this.#origin!));
  }

  #sealAll(): void {
    for (const accumulator of this.#accumulators()) if (accumulator.writer.count > 0) this.#seal(accumulator);
  }

  #lingered(): void {
    this.#lastBuffer = null;
    if (this.#closed) return;
    this.#sealAll();
    void this.#send();
  }

  /** Stores everything sealed, in order; calls that overlap share one run. Failures are kept, not thrown. */
  #send(): Promise<void> {
    if (this.#dispatch !== null) return this.#dispatch.then(() => this.#send());
    if (this.#ready.length === 0) return Promise.resolve();
    this.#dispatch = this.#store().finally(() => (this.#dispatch = null));
    return this.#dispatch;
  }

  async #store(): Promise<void> {
    await this.#previousEnded();
    const batches = this.#ready;
    this.#ready = [];
    for (const ready of batches) this.#storeOne(ready);
  }

  #storeOne(ready: ReadyBatch): void {
    const { accumulator, batch, bytes, firstSequence } = ready;
    this.#bufferedBytes -= bytes;
    let failure = this.#sticky;
    let baseOffset = -1;
    if (failure === null) {
      try {
        if (this.#transaction !== null) {
          this.#transactions.check(this.#transaction, this.#identity());
          this.#transactions.addPartition(this.#transaction, accumulator.log);
        }
        baseOffset = accumulator.store(ready);
      } catch (error) {
        failure = this.#fail(error);
      }
    }
    this.#config.onBatch?.(accumulator.log.tp, firstSequence, batch.recordCount, baseOffset, failure);
  }

  /** A transaction that was ended may still be writing its markers: the next one starts after them. */
  async #previousEnded(): Promise<void> {
    while (this.#transaction?.ended != null) await this.#transaction.ended.promise;
  }

  async #end(commit: boolean): Promise<void> {
    const transaction = this.#requireTransaction();
    await this.#previousEnded();
    try {
      this.#transactions.check(transaction, this.#identity());
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    this.#inTransaction = false;
    this.#lastBuffer = null;
    this.#transactions.end(transaction, commit);
  }

  #dropUnsent(): void {
    const error = new TransactionAbortableError("The transaction was aborted before this batch was sent.");
    const dropped = this.#ready;
    this.#ready = [];
    for (const accumulator of this.#accumulators()) {
      if (accumulator.writer.count > 0) dropped.push(accumulator.seal(this.#origin!));
    }
    for (const { accumulator, batch, firstSequence } of dropped) {
      accumulator.rewindSequence();
      this.#config.onBatch?.(accumulator.log.tp, firstSequence, batch.recordCount, -1, error);
    }
    this.#bufferedBytes = 0;
  }

  #fail(error: unknown): Error {
    const failure = error instanceof Error ? error : new FatalClientError(String(error));
    if (failure instanceof ProducerFencedError || this.#transaction === null) this.#sticky = failure;
    else this.#sticky = abortFirst(failure);
    return failure;
  }

  #setOrigin(identity: ProducerIdentity, attributes: number): void {
    const codec = codecAttribute(this.#config.compression ?? "none");
    this.#origin = { attributes: attributes | codec, producerId: identity.producerId, epoch: identity.epoch };
    // Epochs start their sequences afresh, whatever accumulators were left with.
    this.#buffers.clear();
    this.#lastBuffer = null;
  }

  #identity(): ProducerIdentity {
    return this.#origin!;
  }

  #requireTransaction(): Transaction {
    if (this.#transaction !== null && this.#inTransaction) return this.#transaction;
    throw noTransaction();
  }

  #throwSticky(): void {
    if (this.#sticky !== null) throw this.#sticky;
  }

  #requireOpen(): void {
    if (this.#closed) throw producerClosed();
  }
}

function missingTopic(name: string): MissingTopicError {
  return new MissingTopicError(
    [name],
    `Topic ${name} does not exist. Create it with admin().createTopics, or let embedded({ autoCreateTopics: true }) do so.`,
  );
}

function keyMissing(topic: string): RecordRefusedError {
  return new RecordRefusedError(
    `Topic ${topic} is compacted, so each of its records needs a key. Give this one a key.`,
  );
}
