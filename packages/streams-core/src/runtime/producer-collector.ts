import {
  ProducerFencedError,
  RetriableError,
  TransactionAbortableError,
  type ProducerConfig,
  type StreamsProducer,
} from "@millrace/kafka-client";
import type { Counter, Environment } from "@millrace/kernel";
import { noHeaders, type ErrorHandlers } from "../model/index.js";
import type { OutgoingRecord, RecordCollector } from "./record-collector.js";
import { SendTracker } from "./worker-send-tracker.js";
import { ProductionError } from "./worker-errors.js";

export interface ProducerCollectorOptions {
  readonly exactlyOnce: boolean;
  readonly production: ErrorHandlers["production"];
  readonly environment: Environment;
}

/**
 * Hands records to one producer, for all tasks of a worker. Under exactly-once the first record after a commit begins
 * the transaction. It never throws into user code: a failure is kept, later records are refused, and whoever commits
 * (or processes) next finds it in `failure`.
 */
export class ProducerCollector {
  readonly tracker: SendTracker = new SendTracker();
  readonly #options: ProducerCollectorOptions;
  readonly #dropped: Counter;
  #life = 0;
  #producer: StreamsProducer | null = null;
  #inTransaction = false;
  #failure: unknown = null;

  constructor(options: ProducerCollectorOptions) {
    this.#options = options;
    this.#dropped = options.environment.metrics.counter("stream-worker", "records-dropped-by-production-handler", {});
  }

  /** What went wrong since the producer was attached; null when nothing did. */
  get failure(): unknown {
    return this.#failure;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  get producer(): StreamsProducer {
    if (this.#producer === null) throw new ProducerFencedError("The worker has no producer: it is starting over.");
    return this.#producer;
  }

  /** Takes a new producer; forgets failure and transaction of the old one. */
  attach(producer: StreamsProducer): void {
    this.#producer = producer;
    this.rolledBack();
  }

  /** What was not committed has been undone: the next record begins anew. */
  rolledBack(): void {
    this.#inTransaction = false;
    this.#failure = null;
    this.tracker.reset();
  }

  /** What the next producer is to report its batches to. Reports of earlier producers count no more. */
  batchListener(): NonNullable<ProducerConfig["onBatch"]> {
    const life = ++this.#life;
    return (...[partition, firstSequence, count, baseOffset, error]) => {
      if (life !== this.#life) return;
      if (error === null) this.tracker.acknowledged(partition, firstSequence, count, baseOffset);
      else this.fail(error);
    };
  }

  /** Begins the transaction when there is none, for a commit that has offsets only. */
  ensureTransaction(): void {
    if (this.#inTransaction || !this.#options.exactlyOnce) return;
    this.producer.begin();
    this.#inTransaction = true;
  }

  /** The transaction has been committed. */
  transactionEnded(): void {
    this.#inTransaction = false;
  }

  /** Keeps the first failure. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Throws the failure, if there is one. */
  assertSound(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  /** The face a task sees. */
  forTask(taskId: string): RecordCollector {
    return {
      send: (record) => this.#send(record, taskId),
      partitionsFor: (topic) => this.#producer?.partitionsFor(topic),
    };
  }

  #send(record: OutgoingRecord, taskId: string): void {
    if (this.#failure !== null) return;
    try {
      if (!this.#inTransaction) this.ensureTransaction();
      const { topic, partition, headers } = record;
      const sequence = this.producer.append(
        topic,
        partition,
        record.key,
        record.value,
        record.timestamp < 0 ? this.#options.environment.clock.nowMs() : record.timestamp,
        headers === noHeaders ? null : headers,
      );
      if (typeof partition === "number") this.tracker.sent(topic, partition, sequence);
    } catch (error) {
      this.#refused(record, taskId, error);
    }
  }

  #refused(record: OutgoingRecord, taskId: string, error: unknown): void {
    if (!isOfRecord(error)) return this.fail(error);
    const partition = typeof record.partition === "number" ? record.partition : -1;
    try {
      const verdict = this.#options.production(
        {
          topic: record.topic,
          partition,
          offset: -1,
          timestamp: record.timestamp,
          headers: record.headers,
          rawKey: record.key,
          rawValue: record.value,
          nodeName: record.origin,
          taskId,
        },
        error,
      );
      if (verdict === "fail") this.fail(new ProductionError(record.topic, record.origin, error));
      else this.#dropped.add(1);
    } catch (handlerError) {
      this.fail(handlerError);
    }
  }
}

/** False for failures of the producer as a whole: no handler of records decides about these. */
function isOfRecord(error: unknown): boolean {
  return !(
    error instanceof ProducerFencedError ||
    error instanceof TransactionAbortableError ||
    error instanceof RetriableError
  );
}
