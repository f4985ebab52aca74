import {
  MissingTopicError,
  ProducerFencedError,
  RecordRefusedError,
  RetriableError,
  type ProducerConfig,
  type StreamsProducer,
  type TopicPartition,
} from "@millrace/kafka-client";
import type { Counter, Environment } from "@millrace/kernel";
import { noHeaders, type ProductionErrorContext } from "../model/index.js";
import { ErrorDecisions } from "./error-decisions.js";
import type { ErrorPolicy } from "./error-policy.js";
import type { OutgoingRecord, RecordCollector, RefusalListener } from "./record-collector.js";
import { ProductionError } from "./task-errors.js";
import { SendTracker } from "./worker-send-tracker.js";

export interface ProducerCollectorOptions {
  readonly exactlyOnce: boolean;
  readonly errors: ErrorPolicy;
  readonly environment: Environment;
}

/**
 * Hands records to one producer, for all tasks of a worker. Under exactly-once the first record after a commit begins
 * the transaction. It never throws into user code: a failure is kept, later records are refused, and whoever commits
 * (or processes) next finds it in `failure`.
 */
export class ProducerCollector {
  readonly tracker: SendTracker;
  readonly #options: ProducerCollectorOptions;
  readonly #decisions: ErrorDecisions;
  readonly #dropped: Counter;
  #life = 0;
  #producer: StreamsProducer | null = null;
  #inTransaction = false;
  #failure: unknown = null;
  /** A producer that has failed for good with this error throws it again at each further record. */
  #batchError: unknown = null;

  constructor(options: ProducerCollectorOptions) {
    this.#options = options;
    this.tracker = new SendTracker(options.exactlyOnce);
    // Dead letters of batches have no bytes to send: only a handler's own are sent.
    const policy = { ...options.errors, deadLetterTopic: null };
    this.#decisions = new ErrorDecisions(policy, "", options.environment, this.forTask());
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
    this.#batchError = null;
    this.tracker.reset();
  }

  /** What the next producer is to report to. Reports of earlier producers count no more. */
  listeners(): Required<Pick<ProducerConfig, "onBatch" | "onUnplaced">> {
    const life = ++this.#life;
    return {
      onBatch: (...[partition, firstSequence, count, baseOffset, error]) => {
        if (life !== this.#life) return;
        if (error === null) this.tracker.acknowledged(partition, firstSequence, count, baseOffset);
        else this.#batchRefused(partition, count, error);
      },
      onUnplaced: (topic, count, error) => {
        if (life === this.#life) this.#batchRefused({ topic, partition: -1 }, count, error);
      },
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
  forTask(): RecordCollector {
    let listener: RefusalListener | null = null;
    return {
      send: (record) => this.#send(record, listener),
      partitionsFor: (topic) => this.#producer?.partitionsFor(topic),
      onRefused: (refused) => {
        listener = refused;
      },
    };
  }

  #send(record: OutgoingRecord, listener: RefusalListener | null): void {
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
      if (listener === null || !isOfRecord(error) || error === this.#batchError) return this.fail(error);
      try {
        listener(record, error);
      } catch (decided) {
        this.fail(decided);
      }
    }
  }

  /** What the cluster refused after it had been handed over: the bytes and the source of its records are not known any more. */
  #batchRefused(
    { topic, partition }: Pick<TopicPartition, "topic" | "partition">,
    records: number,
    error: unknown,
  ): void {
    const retriable = error instanceof RetriableError;
    if (!retriable && !isOfRecord(error)) return this.fail(error);
    this.#batchError = error;
    const context: ProductionErrorContext = {
      ...{ topic: "", partition: -1, offset: -1, timestamp: -1, headers: noHeaders, rawKey: null, rawValue: null },
      ...{ nodeName: "", taskId: "", targetTopic: topic, targetPartition: partition },
      ...{ failed: "send", records, retriable },
    };
    try {
      const verdict = this.#decisions.onProduction(context, error);
      if (verdict === "retry") this.fail(error);
      else if (verdict === "fail") this.fail(new ProductionError(context, topic, error));
      else this.#dropped.add(records);
    } catch (decided) {
      this.fail(decided);
    }
  }
}

/** False for failures of the producer as a whole: no handler of records decides about these. */
function isOfRecord(error: unknown): boolean {
  return error instanceof RecordRefusedError || error instanceof MissingTopicError;
}
