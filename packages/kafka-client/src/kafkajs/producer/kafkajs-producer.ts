import { timedOut, within, type Environment } from "@millrace/kernel";
import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import { ProducerFencedError, RetriableError, TransactionAbortableError } from "../../port/errors.js";
import type { PartitionPicker, ProducerConfig, StreamsProducer } from "../../port/producer.js";
import type { RawHeaders } from "../../port/records.js";
import type { OffsetMap, TopicPartition, TpMap } from "../../port/topic-partition.js";
import { codecAttribute } from "../../protocol/index.js";
import { TRANSACTIONAL } from "../../protocol/record-batch.js";
import { initProducerIdRequest } from "../../protocol/requests/init-producer-id.js";
import { producerDefaults } from "../../writing/producer-defaults.js";
import {
  abortFirst,
  noTransaction,
  notInitialised,
  producerClosed,
  transactionOpen,
} from "../../writing/producer-errors.js";
import type { Transport } from "../transport/transport.js";
import { Accumulator } from "./accumulator.js";
import { CoordinatorCalls } from "./coordinator-calls.js";
import { EPOCH_MAX, type ProducerIdentity } from "./producer-identity.js";
import { Sender } from "./sender.js";
import { TopicLookup } from "./topic-lookup.js";
import { Transaction } from "./transaction.js";

const DELIVERY_TIMEOUT_MS = 120_000;
/** How long closing goes on trying to deliver, or to abort. */
const CLOSE_TIMEOUT_MS = 30_000;
const NOBODY: ProducerIdentity = { producerId: -1, epoch: -1 };

/** Writes to a real cluster: idempotent, or transactional with a transactional id. */
export class KafkajsProducer implements StreamsProducer {
  readonly #config: ProducerConfig;
  readonly #environment: Environment;
  readonly #transport: Transport;
  readonly #onClose: () => void;
  readonly #accumulator: Accumulator;
  readonly #lookup: TopicLookup;
  readonly #sender: Sender;
  readonly #calls: CoordinatorCalls;
  /** Null: idempotent. */
  readonly #transaction: Transaction | null;
  readonly #closing = new AbortController();
  #identity: ProducerIdentity | null = null;
  #identifying: Promise<void> | null = null;
  #inTransaction = false;
  /** The transaction is being ended. */
  #ending = false;
  #sticky: Error | null = null;
  #closed: Promise<void> | null = null;

  constructor(transport: Transport, config: ProducerConfig, environment: Environment, onClose: () => void) {
    this.#config = config;
    this.#environment = environment;
    this.#transport = transport;
    this.#onClose = onClose;
    const timeoutMs = config.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS;
    const { signal } = this.#closing;
    this.#calls = new CoordinatorCalls(transport, environment, { timeoutMs, signal });
    this.#transaction = config.transactionalId === undefined ? null : this.#newTransaction(config.transactionalId);
    const codec = codecAttribute(config.compression ?? "none");
    const attributes = this.#transaction === null ? codec : codec | TRANSACTIONAL;
    this.#accumulator = new Accumulator(config, attributes, environment, {
      wake: () => this.#sender.wake(),
      lookUp: (topic) => this.#lookup.want(topic),
    });
    this.#lookup = this.#newLookup();
    this.#sender = this.#newSender(timeoutMs);
  }

  async init(): Promise<void> {
    if (this.#closed !== null) throw producerClosed();
    if (this.#transaction === null && this.#sticky === null) return this.#identify();
    this.#sender.stop(
      new TransactionAbortableError("The producer is initialised anew before this batch was delivered."),
    );
    await Promise.all([this.#sender.quiet(), this.#transaction?.quiet()]);
    await this.#identifying?.catch(() => undefined);
    this.#identity = null;
    const identity = await this.#initProducerId(NOBODY);
    this.#transaction?.forget();
    for (const queue of this.#accumulator.queues()) queue.forget();
    this.#accumulator.forgetFailure();
    this.#inTransaction = false;
    this.#sticky = null;
    this.#identity = identity;
    this.#sender.resume();
  }

  begin(): void {
    this.#throwSticky();
    if (this.#transaction === null || this.#identity === null) throw notInitialised();
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
    if (this.#transaction !== null) this.#requireTransaction();
    return this.#accumulator.append(topic, partition, key, value, timestamp, headers);
  }

  get bufferedBytes(): number {
    return this.#accumulator.bufferedBytes;
  }

  drained(): Promise<void> {
    return this.#accumulator.drained();
  }

  partitionsFor(topic: string): number | undefined {
    return this.#accumulator.partitionsFor(topic);
  }

  async flush(): Promise<OffsetMap> {
    this.#throwSticky();
    try {
      await this.#accumulator.flush();
    } catch (error) {
      throw this.#sticky ?? error;
    }
    this.#throwSticky();
    const acked = new Map<TopicPartition, number>();
    for (const queue of this.#accumulator.queues()) if (queue.acked !== undefined) acked.set(queue.tp, queue.acked);
    return acked;
  }

  acked({ topic, partition }: TopicPartition): number | undefined {
    return this.#accumulator.acked(topic, partition);
  }

  async sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    this.#throwSticky();
    const transaction = this.#requireTransaction();
    if (offsets.size === 0) return;
    try {
      await transaction.sendOffsets(offsets, group);
    } catch (error) {
      this.#fail(error as Error);
      throw error;
    }
  }

  async commit(): Promise<void> {
    const transaction = this.#requireTransaction();
    await this.flush();
    this.#ending = true;
    try {
      const { raiseEpoch } = await transaction.end(true);
      this.#inTransaction = false;
      // It is committed, whatever comes of this.
      if (raiseEpoch) await this.#raiseEpoch().catch((error: unknown) => this.#giveUp(error as Error));
    } catch (error) {
      // Not to be aborted any more, unless the coordinator itself says so: it may be committed.
      const unknown = !(error instanceof TransactionAbortableError);
      this.#giveUp(unknown ? (error as Error) : abortFirst(error));
      throw error;
    } finally {
      this.#ending = false;
    }
  }

  async abort(): Promise<void> {
    if (this.#sticky !== null && !(this.#sticky instanceof TransactionAbortableError)) throw this.#sticky;
    const transaction = this.#requireTransaction();
    this.#ending = true;
    this.#sender.stop(new TransactionAbortableError("The transaction was aborted before this batch was delivered."));
    try {
      // What is on its way is part of the transaction: it must be answered before the end, or might come after it.
      await Promise.all([this.#sender.quiet(), transaction.quiet()]);
      const { raiseEpoch } = await transaction.end(false);
      // Batches that may come late, or have come and are not known, belong to an epoch that is over then.
      if (raiseEpoch || this.#sender.uncertain) await this.#raiseEpoch();
    } catch (error) {
      if (!(error instanceof TransactionAbortableError)) this.#sticky = error as Error;
      throw error;
    } finally {
      this.#ending = false;
    }
    transaction.forget();
    this.#accumulator.forgetFailure();
    this.#sticky = null;
    this.#inTransaction = false;
    this.#sender.resume();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    const { scheduler } = this.#environment;
    try {
      if (this.#sticky !== null) return;
      const work = this.#inTransaction ? this.abort() : this.#accumulator.flush();
      const outcome = await within(scheduler, CLOSE_TIMEOUT_MS, work);
      if (outcome === timedOut) throw notInTime();
    } finally {
      this.#sticky ??= producerClosed();
      this.#closing.abort(producerClosed());
      this.#lookup.close();
      this.#sender.stop(this.#sticky);
      this.#sender.close();
      await this.#transport.close();
      await this.#sender.quiet();
      this.#onClose();
    }
  }

  #newTransaction(transactionalId: string): Transaction {
    return new Transaction(this.#calls, {
      origin: () => ({ transactionalId, ...this.#identity! }),
      added: () => this.#sender.wake(),
      failed: (error) => this.#fail(error),
    });
  }

  #newLookup(): TopicLookup {
    return new TopicLookup(this.#transport, this.#environment, {
      found: (topic, count) => this.#accumulator.found(topic, count),
      missing: (topic, error) => {
        if (this.#transaction !== null && this.#accumulator.waitsFor(topic)) this.#fail(error);
        else this.#accumulator.missing(topic, error);
      },
      done: () => this.#sender.wake(),
      failed: (error) => this.#fail(error),
    });
  }

  #newSender(deliveryTimeoutMs: number): Sender {
    const parts = { transport: this.#transport, accumulator: this.#accumulator, lookup: this.#lookup };
    const transaction = this.#transaction;
    return new Sender(parts, this.#environment, {
      transactionalId: this.#config.transactionalId ?? null,
      deliveryTimeoutMs,
      identity: () => this.#knownIdentity(),
      admits: (partition) => transaction === null || transaction.admits(partition),
      pumped: () => transaction?.addWanted(),
      bumpEpoch: () => this.#bumpEpoch(),
      failed: (error) => this.#fail(error),
    });
  }

  /** Who sends; asks for it when nobody has (a transactional producer has `init` for that). */
  #knownIdentity(): ProducerIdentity | null {
    if (this.#identity === null && this.#transaction === null && this.#sticky === null) {
      this.#identify().catch((error: unknown) => this.#fail(error as Error));
    }
    return this.#identity;
  }

  #identify(): Promise<void> {
    if (this.#identity !== null) return Promise.resolve();
    this.#identifying ??= this.#initProducerId(NOBODY)
      .then((identity) => {
        this.#identity = identity;
        this.#sender.wake();
      })
      .finally(() => {
        this.#identifying = null;
      });
    return this.#identifying;
  }

  async #initProducerId({ producerId, epoch }: ProducerIdentity): Promise<ProducerIdentity> {
    const transactionalId = this.#config.transactionalId ?? null;
    const transactionTimeoutMs = this.#config.transactionTimeoutMs ?? producerDefaults.transactionTimeoutMs;
    return this.#calls.call({
      what: transactionalId === null ? "Asking for a producer id" : `Initialising transactional id ${transactionalId}`,
      coordinator: transactionalId === null ? null : { kind: "transaction", key: transactionalId },
      request: initProducerIdRequest({ transactionalId, transactionTimeoutMs, producerId, epoch }),
      errorCode: (answer) => answer.errorCode,
    });
  }

  /** Under the next epoch the brokers refuse what comes late of this one, and sequences begin anew. */
  async #raiseEpoch(): Promise<void> {
    this.#identity = await this.#initProducerId(this.#identity!);
    for (const queue of this.#accumulator.queues()) queue.beginEpoch();
  }

  /** As {@link #raiseEpoch} without transactions: the producer itself may raise it (KIP-360). */
  #bumpEpoch(): void {
    const { producerId, epoch } = this.#identity!;
    this.#identity = epoch >= EPOCH_MAX ? null : { producerId, epoch: epoch + 1 };
    for (const queue of this.#accumulator.queues()) queue.beginEpoch();
    this.#sender.wake();
  }

  #fail(error: Error): void {
    const final = this.#transaction === null || error instanceof ProducerFencedError;
    this.#giveUp(final ? error : abortFirst(error));
  }

  #giveUp(sticky: Error): void {
    this.#sticky ??= sticky;
    this.#sender.stop(this.#sticky);
  }

  #requireTransaction(): Transaction {
    if (this.#transaction !== null && this.#inTransaction && !this.#ending) return this.#transaction;
    throw noTransaction();
  }

  #throwSticky(): void {
    if (this.#sticky !== null) throw this.#sticky;
  }
}

function notInTime(): RetriableError {
  return new RetriableError(
    `The producer was closed, but what it held could not be delivered within ${CLOSE_TIMEOUT_MS} ms and is lost.`,
  );
}
