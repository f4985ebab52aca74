import { ProducerFencedError, TransactionAbortableError } from "@millrace/kafka-client";
import {
  abandon,
  changelogOffsets,
  finishCalls,
  openProducer,
  takeSnapshot,
  type CommitSnapshot,
  type Committer,
  type CommitterOptions,
} from "./committer.js";
import { PendingWork } from "./pending-work.js";
import type { WorkerTask } from "./worker-task.js";

/**
 * Exactly-once: records, offsets and changelogs of all tasks of a worker are one transaction. Processing stands still
 * until its end is answered; only then are the stores written, which alone overlaps with further processing.
 */
export class ExactlyOnceCommitter implements Committer {
  readonly #options: CommitterOptions;
  /** The end of the last commit. */
  readonly #pending = new PendingWork();
  /** The end of a transaction was asked for and not answered: it may have committed. */
  #outcomeUnknown = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#pending.busy;
  }

  get unfinished(): boolean {
    return false;
  }

  async start(): Promise<void> {
    const { client, clientId, settings, transactionalId, transactionTimeoutMs, collector } = this.#options;
    const producer = client.producer({
      ...settings,
      clientId,
      ...collector.listeners(),
      ...(transactionalId === null ? {} : { transactionalId, transactionTimeoutMs }),
    });
    collector.attach(await openProducer(producer, this.#options.environment));
    this.#outcomeUnknown = false;
  }

  async commit(tasks: readonly WorkerTask[]): Promise<void> {
    await this.settled();
    const { collector, clusterId, environment } = this.#options;
    collector.assertSound();
    await finishCalls(tasks);
    const snapshot = takeSnapshot(tasks, collector);
    const { tasks: taking, positions } = snapshot;
    if (taking.length === 0 && !collector.inTransaction) return;
    const stamp = { clusterId, committedAtMs: environment.clock.nowMs() };
    if (positions.size > 0) collector.ensureTransaction();
    if (collector.inTransaction) {
      const { producer } = collector;
      await producer.flush();
      collector.assertSound();
      if (positions.size > 0) await this.#sendOffsets(positions);
      this.#outcomeUnknown = true;
      await producer.commit();
      this.#outcomeUnknown = false;
      collector.transactionEnded();
      this.#options.onCommitted(positions);
    }
    for (const { core } of taking) core.committed();
    const offsetOf = changelogOffsets(snapshot, collector);
    this.#pending.begin(Promise.all(taking.map((task) => task.states.commitFrozen(offsetOf, stamp))));
  }

  settled(): Promise<void> {
    return this.#pending.settled();
  }

  async rollBack(cause: unknown): Promise<void> {
    await this.#pending.givenUp();
    const { collector, environment } = this.#options;
    if (this.#canAbort(cause) && (await this.#abort())) {
      collector.rolledBack();
      return;
    }
    environment.logger.warn("The transaction cannot be aborted; a new producer ends it.", { error: cause });
    await abandon(collector.producer, environment);
    await this.start();
  }

  async close(): Promise<void> {
    await this.#pending.givenUp();
    await abandon(this.#options.collector.producer, this.#options.environment);
  }

  async #sendOffsets(positions: CommitSnapshot["positions"]): Promise<void> {
    const { collector, consumer } = this.#options;
    const sender = consumer.groupMetadata();
    try {
      await collector.producer.sendOffsets(positions, sender);
    } catch (error) {
      throw consumer.offsetsRefused(error, sender);
    }
  }

  #canAbort(cause: unknown): boolean {
    if (cause instanceof ProducerFencedError) return false;
    if (this.#outcomeUnknown && !(cause instanceof TransactionAbortableError)) return false;
    return (
      this.#options.collector.failure === null || this.#options.collector.failure instanceof TransactionAbortableError
    );
  }

  async #abort(): Promise<boolean> {
    const { collector, environment } = this.#options;
    if (!collector.inTransaction) return true;
    try {
      await collector.producer.abort();
      this.#outcomeUnknown = false;
      return true;
    } catch (error) {
      environment.logger.warn("Aborting the transaction failed.", { error });
      return false;
    }
  }
}
