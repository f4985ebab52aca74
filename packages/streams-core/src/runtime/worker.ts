import {
  MemberLostError,
  ProducerFencedError,
  RebalanceInProgressError,
  RetriableError,
  TransactionAbortableError,
  type FetchedPartition,
  type GroupConsumer,
} from "@millrace/kafka-client";
import { sleep, type Counter } from "@millrace/kernel";
import { AtLeastOnceCommitter } from "./committer-at-least-once.js";
import { ExactlyOnceCommitter } from "./committer-exactly-once.js";
import type { Committer } from "./committer.js";
import { ProducerCollector } from "./producer-collector.js";
import { Restorer } from "./restorer.js";
import { TaskManager } from "./task-manager.js";
import { transactionTimeoutMs } from "./transaction-timeout.js";
import { WorkerAssignment } from "./worker-assignment.js";
import { CaughtUpWatch } from "./worker-caught-up.js";
import { closeParts, commitForGood, giveUp, type WorkerParts } from "./worker-ending.js";
import { RecoveryLimitError } from "./worker-errors.js";
import { FlowControl } from "./worker-flow-control.js";
import type { WorkerBudget, WorkerOptions } from "./worker-options.js";
import { WorkerProcessing } from "./worker-processing.js";
import { RepartitionPurge } from "./worker-purge.js";
import { WorkerRebalance } from "./worker-rebalance.js";

const RESTORE_WAIT_MS = 50;
const RETRY_DELAY_MS = 100;
const START_OVERS_MAX = 10;

/** Runs tasks: polls, processes, punctuates, restores and commits, in turns of a bounded length. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #consumer: GroupConsumer;
  readonly #collector: ProducerCollector;
  readonly #committer: Committer;
  readonly #restorer: Restorer;
  readonly #rebalance: WorkerRebalance;
  readonly assignment: WorkerAssignment;
  readonly #processing: WorkerProcessing;
  readonly #flow: FlowControl;
  readonly #purge: RepartitionPurge;
  readonly #caughtUp: CaughtUpWatch;
  readonly #commits: Counter;
  readonly tasks: TaskManager;
  #stopping = false;
  #leave: boolean;
  #overlayMaxBytes: number;
  #announced = false;
  #lastProcessed = 0;
  #activity = 0;
  #lastCommitMs = 0;
  #startOverCause: unknown = null;
  #startOvers = 0;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { client, clientId, environment, plan, clusterId } = options;
    const exactlyOnce = options.transactionalId !== null;
    this.#leave = options.groupInstanceId === null;
    this.#overlayMaxBytes = options.overlayMaxBytes;
    const admin = client.admin();
    this.#consumer = openConsumer(options);
    this.#collector = new ProducerCollector({ exactlyOnce, errors: options.config.errors, environment });
    this.#commits = environment.metrics.counter("stream-worker", "commit-total", { client: clientId });
    this.#purge = new RepartitionPurge(plan, admin, environment, options.purgeIntervalMs);
    const committing = {
      ...{ client, clientId, environment, clusterId, transactionalId: options.transactionalId },
      ...{ consumer: this.#consumer, collector: this.#collector },
      transactionTimeoutMs: transactionTimeoutMs(plan.topology, options.commitIntervalMs),
      onCommitted: this.#onCommitted,
    };
    this.#committer = exactlyOnce ? new ExactlyOnceCommitter(committing) : new AtLeastOnceCommitter(committing);
    this.#restorer = new Restorer({ client, clientId, clusterId, environment, listener: options.events.restore });
    this.assignment = new WorkerAssignment(options, this.#consumer, () => this.tasks);
    this.tasks = new TaskManager({
      ...{ plan, admin, environment, backends: options.backends, globalStores: options.globalStores },
      ...{ consumer: this.#consumer, collector: this.#collector, restorer: this.#restorer },
      standbys: this.assignment.standbys,
      ...{ config: options.config, offsetReset: options.offsetReset, stateOffsets: options.stateOffsets },
    });
    this.#processing = new WorkerProcessing(this.tasks, this.#collector, environment.clock);
    this.#flow = new FlowControl(this.#consumer, this.tasks, options.config.bufferedRecordsMax);
    this.#rebalance = new WorkerRebalance({
      ...{ tasks: this.tasks, committer: this.#committer, flow: this.#flow, exactlyOnce },
      onRebalancing: this.#onRebalancing,
    });
    this.#caughtUp = new CaughtUpWatch(this.tasks, this.#consumer, admin);
  }

  /** Runs until `stop()` or a failure, and leaves nothing open. Rejects with the failure. */
  async run(): Promise<void> {
    try {
      await this.#committer.start();
      this.#consumer.subscribe(this.#options.plan.subscription(), this.assignment.assignor, this.#rebalance);
      this.#lastCommitMs = this.#nowMs();
      while (!this.#stopping) await this.#turnOrStartOver();
      await this.#finishOrGiveUp();
    } catch (error) {
      this.#options.events.onFailure(error);
      this.#caughtUp.fail(error);
      await giveUp(this.#parts(), error);
      throw error;
    }
  }

  /** Ends `run` after the turn in progress: commits, closes the tasks and leaves the group, or stays in it until its session ends. */
  stop(leave?: boolean): void {
    this.#stopping = true;
    this.#leave = leave ?? this.#leave;
    this.#consumer.wakeup();
    this.#restorer.wakeup();
  }

  /** Stops processing and punctuation; polling, restoring and commits go on (R6). */
  pause(): void {
    this.#processing.paused = true;
  }

  /** Goes on where `pause` stopped. */
  resume(): void {
    this.#processing.paused = false;
    this.#consumer.wakeup();
  }

  /** Gives it another share of the app's memory. */
  setBudget({ cacheMaxBytes, overlayMaxBytes }: WorkerBudget): void {
    this.#overlayMaxBytes = overlayMaxBytes;
    this.tasks.setCacheBudget(cacheMaxBytes);
  }

  /** Grows with each record processed and each commit: while it stands still, nothing happens here. */
  get activity(): number {
    return this.#activity;
  }

  /** Resolves when everything in the topics of this worker's tasks has been processed and committed. */
  caughtUp(): Promise<void> {
    this.#consumer.wakeup();
    return this.#caughtUp.wait();
  }

  async #turnOrStartOver(): Promise<void> {
    try {
      if (this.#startOverCause !== null) await this.#startOver();
      await this.#turn();
    } catch (error) {
      if (!isRecoverable(error) && !this.#options.events.mayRestart(error)) throw error;
      this.#startOverCause = error;
      if (++this.#startOvers > START_OVERS_MAX) throw new RecoveryLimitError(START_OVERS_MAX, error);
    }
  }

  async #turn(): Promise<void> {
    const { environment } = this.#options;
    this.#flow.feed(await this.#fetch());
    if (this.#restorer.active) {
      await this.#restorer.step(this.#lastProcessed > 0 ? 0 : RESTORE_WAIT_MS);
      this.tasks.runRestored();
    }
    await this.assignment.step(this.#restorer.active);
    this.#announce();
    this.#lastProcessed = this.#processing.run();
    this.#activity += this.#lastProcessed;
    this.#collector.assertSound();
    this.#flow.adjust();
    await this.#commitWhenDue();
    await this.#relieve();
    this.#purge.tick();
    if (this.#lastProcessed === 0 && this.#announced && this.#caughtUp.wanted) await this.#checkCaughtUp();
    await environment.scheduler.yield();
  }

  async #fetch(): Promise<readonly FetchedPartition[]> {
    if (this.#lastProcessed > 0) {
      const fetched = this.#consumer.tryPoll();
      if (fetched !== null) return fetched;
    }
    let fetched: readonly FetchedPartition[] = [];
    try {
      fetched = await this.#consumer.poll(this.#waitMs());
    } catch (error) {
      this.#rebalance.assertSound();
      if (!(error instanceof RetriableError)) throw error;
      this.#options.environment.logger.warn("Fetching failed and is tried again.", { error });
      await sleep(this.#options.environment.scheduler, RETRY_DELAY_MS);
    }
    // Even a retriable failure here has stopped tasks: polling again would not start them.
    this.#rebalance.assertSound();
    return fetched;
  }

  /** How long there is nothing to do if no record comes. */
  #waitMs(): number {
    if (this.#lastProcessed > 0 || this.#restorer.active || this.assignment.busy || this.#stopping) return 0;
    let waitMs = this.#processing.idleMs(this.#caughtUp.wanted && !this.#processing.paused ? 1 : this.#options.pollMs);
    // While a commit is on its way the next one cannot begin: waiting for it must not become spinning.
    if (!this.#committer.busy && this.#processing.commitNeeded)
      waitMs = Math.min(waitMs, this.#lastCommitMs + this.#options.commitIntervalMs - this.#nowMs());
    return Math.max(0, waitMs);
  }

  async #commitWhenDue(): Promise<void> {
    if (this.#committer.busy) return;
    await this.#committer.settled();
    const due = this.#nowMs() - this.#lastCommitMs >= this.#options.commitIntervalMs;
    if (due || this.#processing.commitRequested) await this.#commit();
  }

  async #checkCaughtUp(): Promise<void> {
    await this.#committer.settled();
    if (this.#committer.unfinished) await this.#commit();
    else await this.#caughtUp.check(() => this.#commit());
  }

  async #commit(): Promise<void> {
    await this.#committer.commit(this.tasks.tasks);
    this.#lastCommitMs = this.#nowMs();
  }

  /** Keeps memory bounded: overlays that have grown too large, and the producer's buffer. */
  async #relieve(): Promise<void> {
    let overlayBytes = 0;
    for (const task of this.tasks.tasks) overlayBytes += task.states.overlayBytes;
    if (overlayBytes > this.#overlayMaxBytes) {
      if (this.#options.transactionalId !== null) await this.#commit();
      else {
        await this.#committer.settled();
        for (const task of this.tasks.tasks) await task.states.spill();
      }
    }
    await this.#collector.producer.drained();
  }

  /**
   * Begins anew from the last commit: what came after it is undone, then the group has its say (it may have taken the
   * tasks away), then those that are left restore what their changelogs have and their stores have not.
   */
  async #startOver(): Promise<void> {
    const { environment, events } = this.#options;
    const cause = this.#startOverCause;
    events.onStartOver(cause);
    this.#onRebalancing();
    if (this.#startOvers > 1) await sleep(environment.scheduler, RETRY_DELAY_MS * this.#startOvers);
    this.tasks.stop(this.tasks.tasks);
    await this.#committer.rollBack(cause);
    this.#flow.forget(this.tasks.tasks.flatMap((task) => task.partitions));
    // Records it may give are read again: every partition is sought to its committed offset below.
    await this.#consumer.poll(0);
    this.#rebalance.assertSound();
    this.tasks.stop(this.tasks.tasks);
    await this.tasks.startOver();
    this.#startOverCause = null;
    this.#lastProcessed = 0;
  }

  /** A last commit that the cluster does not take is no failure of the app: its work is done again at the next start. */
  async #finishOrGiveUp(): Promise<void> {
    try {
      await this.#finish();
    } catch (error) {
      if (!isRecoverable(error)) throw error;
      this.#options.environment.logger.warn("The last commit failed; what came before it is safe.", { error });
      await giveUp(this.#parts(), error);
    }
  }

  async #finish(): Promise<void> {
    await commitForGood(this.#parts(), async () => {
      await this.#consumer.poll(this.#options.pollMs);
      this.#rebalance.assertSound();
    });
    this.#caughtUp.fail(
      new RetriableError("The app was closed before it had caught up. Start it again and ask again."),
    );
    await closeParts(this.#parts());
  }

  #announce(): void {
    if (this.#announced || !this.#rebalance.assigned || !this.tasks.allRunning) return;
    this.#announced = true;
    this.#options.events.onRunning();
  }

  readonly #onRebalancing = (): void => {
    if (!this.#announced) return;
    this.#announced = false;
    this.#options.events.onRebalancing();
  };

  readonly #onCommitted: ConstructorParameters<typeof AtLeastOnceCommitter>[0]["onCommitted"] = (positions) => {
    this.#startOvers = 0;
    this.#commits.add(1);
    this.#activity++;
    this.#purge.committed(positions);
  };

  #parts(): WorkerParts {
    const { environment } = this.#options;
    return {
      ...{ tasks: this.tasks, committer: this.#committer, restorer: this.#restorer, consumer: this.#consumer },
      ...{ environment, standbys: this.assignment.standbys, leave: this.#leave },
    };
  }

  #nowMs(): number {
    return this.#options.environment.clock.monotonicMs();
  }
}

function openConsumer(options: WorkerOptions): GroupConsumer {
  const { client, clientId, plan, groupInstanceId, offsetReset, transactionalId } = options;
  return client.groupConsumer({
    groupId: plan.applicationId,
    clientId,
    ...(groupInstanceId === null ? {} : { groupInstanceId }),
    isolation: transactionalId === null ? "read_uncommitted" : "read_committed",
    offsetReset: plan.offsetReset(offsetReset),
  });
}

/** Failures that a roll-back and a new start from the last commit repair. */
function isRecoverable(error: unknown): boolean {
  return (
    error instanceof RebalanceInProgressError ||
    error instanceof MemberLostError ||
    error instanceof ProducerFencedError ||
    error instanceof TransactionAbortableError ||
    error instanceof RetriableError
  );
}
