import { RetriableError, type FetchedPartition, type GroupConsumer } from "@millrace/kafka-client";
import { AtLeastOnceCommitter } from "./committer-at-least-once.js";
import { ExactlyOnceCommitter } from "./committer-exactly-once.js";
import type { Committer } from "./committer.js";
import { GroupOrders } from "./group-orders.js";
import { GroupWait } from "./group-wait.js";
import { Patience } from "./patience.js";
import { ProducerCollector } from "./producer-collector.js";
import { Restorer } from "./restorer.js";
import { SerdePreparation } from "./serde-preparation.js";
import { TaskManager } from "./task-manager.js";
import { transactionTimeoutMs } from "./transaction-timeout.js";
import { WorkerAssignment } from "./worker-assignment.js";
import { CaughtUpWatch } from "./worker-caught-up.js";
import { openConsumer } from "./worker-consumer.js";
import { finish, giveUp, type WorkerParts } from "./worker-ending.js";
import { FlowControl } from "./worker-flow-control.js";
import { WorkerJudgement } from "./worker-judgement.js";
import { JoinPause } from "./worker-join-pause.js";
import type { WorkerBudget, WorkerOptions } from "./worker-options.js";
import { WorkerMeasures } from "./worker-measures.js";
import { WorkerProcessing } from "./worker-processing.js";
import { RepartitionPurge } from "./worker-purge.js";
import { WorkerRebalance } from "./worker-rebalance.js";
import { WorkerRecovery } from "./worker-recovery.js";

const RESTORE_WAIT_MS = 50;
const RETRY_DELAY_MS = 100;
/** How soon a task that another worker had open is tried again. */
const OPEN_RETRY_MS = 20;
/** So many fetches in a row fail before the app no longer counts as running. */
const FETCH_FAILURES_MAX = 5;
/** How long all members have to hear that the application shuts down. */
const SHUTDOWN_WAIT_MS = 30_000;

/** Runs tasks: polls, processes, punctuates, restores and commits, in turns of a bounded length. */
export class Worker {
  readonly #options: WorkerOptions;
  readonly #consumer: GroupConsumer;
  readonly #collector: ProducerCollector;
  readonly #committer: Committer;
  readonly #restorer: Restorer;
  readonly #rebalance: WorkerRebalance;
  readonly assignment: WorkerAssignment;
  readonly #orders: GroupOrders;
  readonly #recovery: WorkerRecovery;
  readonly #stop = new AbortController();
  readonly #patience: Patience;
  readonly #processing: WorkerProcessing;
  readonly #flow: FlowControl;
  readonly #serdes: SerdePreparation;
  readonly #purge: RepartitionPurge;
  readonly #caughtUp: CaughtUpWatch;
  readonly #joinPause: JoinPause;
  readonly #judgement: WorkerJudgement;
  readonly #measures: WorkerMeasures;
  readonly tasks: TaskManager;
  #stopping = false;
  #leave: boolean;
  #overlayMaxBytes: number;
  #announced = false;
  #lastProcessed = 0;
  #activity = 0;
  #lastCommitMs = 0;
  #fetchFailures = 0;
  #startOverCause: unknown = null;
  #shutDownCause: { readonly error: unknown } | null = null;
  /** What the group's leader has told all members to end with. */
  #ordered: unknown = null;

  constructor(options: WorkerOptions) {
    this.#options = options;
    const { client, clientId, environment, plan, clusterId } = options;
    const exactlyOnce = options.transactionalId !== null;
    this.#leave = options.groupInstanceId === null;
    this.#patience = new Patience(environment, this.#stop.signal);
    this.#recovery = new WorkerRecovery(environment.clock, options.taskTimeoutMs);
    this.#overlayMaxBytes = options.overlayMaxBytes;
    const admin = client.admin();
    this.#consumer = openConsumer(options);
    this.#joinPause = new JoinPause(() => exactlyOnce && this.#consumer.joining, environment.clock);
    const waiting = { patience: this.#patience, signal: this.#stop.signal, taskTimeoutMs: options.taskTimeoutMs };
    this.#judgement = new WorkerJudgement({
      ...{ recovery: this.#recovery, signal: this.#stop.signal, onUncaught: options.events.onUncaught },
      groupWait: new GroupWait({ consumer: this.#consumer, admin, environment, ...waiting }),
      askAllToShutDown: (cause) => this.#askAllToShutDown(cause),
    });
    this.#collector = new ProducerCollector({ exactlyOnce, errors: options.config.errors, environment });
    this.#measures = new WorkerMeasures(environment, clientId);
    this.#purge = new RepartitionPurge(plan, admin, environment, options.purgeIntervalMs);
    const committing = {
      ...{ client, clientId, environment, clusterId, transactionalId: options.transactionalId },
      ...{ consumer: this.#consumer, collector: this.#collector },
      ...{ settings: options.clientSettings.producer, taskTimeoutMs: options.taskTimeoutMs },
      transactionTimeoutMs: transactionTimeoutMs(plan.topology, options.commitIntervalMs),
      onCommitted: this.#onCommitted,
    };
    this.#committer = exactlyOnce ? new ExactlyOnceCommitter(committing) : new AtLeastOnceCommitter(committing);
    const reading = { fetching: options.clientSettings.fetching, listener: options.events.restore };
    this.#restorer = new Restorer({ client, clientId, clusterId, environment, ...reading });
    this.assignment = new WorkerAssignment(options, this.#consumer, () => this.tasks);
    this.tasks = new TaskManager({
      ...{ plan, admin, environment, backends: options.backends, globalStores: options.globalStores },
      serdes: options.serdes,
      ...{ consumer: this.#consumer, collector: this.#collector, restorer: this.#restorer },
      standbys: this.assignment.standbys,
      ...{ config: options.config, offsetReset: options.offsetReset, stateOffsets: options.stateOffsets },
      ...{ taskTimeoutMs: options.taskTimeoutMs, taskListener: options.taskListener },
    });
    this.#processing = new WorkerProcessing(this.tasks, this.#collector, environment.clock, this.#measures);
    this.#serdes = new SerdePreparation({
      ...{ clock: environment.clock, taskTimeoutMs: options.taskTimeoutMs },
      openStores: (subtopology) => options.serdes.openStores(subtopology),
      run: (task) => this.tasks.run(task),
      onSettled: () => this.#consumer.wakeup(),
    });
    this.#flow = new FlowControl(this.#consumer, this.tasks, options.config.bufferedRecordsMax);
    this.#rebalance = new WorkerRebalance({
      ...{ tasks: this.tasks, committer: this.#committer, flow: this.#flow, exactlyOnce },
      onRebalancing: this.#onRebalancing,
    });
    this.#orders = new GroupOrders({
      ...{ assignor: this.assignment.assignor, environment, checkTopics: options.checkTopics },
      onOrder: (error) => {
        this.#ordered = error;
      },
    });
    this.#caughtUp = new CaughtUpWatch(this.tasks, this.#consumer, admin);
  }

  /** Runs until `stop()` or a failure, and leaves nothing open. Rejects with the failure. */
  async run(): Promise<void> {
    try {
      await this.#patience.until("Opening the producer", () => this.#committer.start());
      this.#consumer.subscribe(this.#options.plan.subscription(), this.#orders, this.#rebalance);
      this.#lastCommitMs = this.#nowMs();
      while (!this.#stopping && this.#shutDownCause === null) await this.#turnOrStartOver();
      if (this.#shutDownCause !== null) {
        await this.#askAllToShutDown(this.#shutDownCause.error);
        throw this.#shutDownCause.error;
      }
      await this.#finish();
    } catch (error) {
      const stopped = this.#isStop(error);
      if (!stopped) this.#options.events.onFailure(error);
      this.#caughtUp.fail(error);
      await giveUp(this.#parts(), error);
      if (!stopped) throw error;
    } finally {
      this.#measures.close();
    }
  }

  /** Ends `run` after the turn in progress: commits, closes the tasks and leaves the group, or stays in it until its session ends. */
  stop(leave?: boolean): void {
    this.#stopping = true;
    this.#stop.abort();
    this.#leave = leave ?? this.#leave;
    this.#consumer.wakeup();
    this.#restorer.wakeup();
  }

  /** Ends `run` with the error, once all instances of the application have been told to shut down. */
  shutDownAll(error: unknown): void {
    this.#shutDownCause = { error };
    this.#consumer.wakeup();
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
      if (!this.#isStop(error)) this.#startOverCause = await this.#judgement.of(error, this.#startOverCause);
    }
  }

  /** The group hears of it in a last rebalance of this member's; then, or after a while, it ends like any other. */
  async #askAllToShutDown(cause: unknown): Promise<void> {
    const { logger } = this.#options.environment;
    this.tasks.stop(this.tasks.tasks);
    this.#rebalance.ignore();
    this.#orders.requestShutdown(cause instanceof Error ? cause.message : String(cause));
    try {
      await this.#committer.rollBack(cause);
      this.#consumer.enforceRebalance("The application shuts down.");
      const endMs = this.#nowMs() + SHUTDOWN_WAIT_MS;
      while (this.#ordered === null && !this.#stopping && this.#nowMs() < endMs) await this.#fetch();
    } catch (error) {
      logger.warn("The other instances could not be told to shut down.", { error });
    }
  }

  #isStop(error: unknown): boolean {
    return this.#stop.signal.aborted && error === this.#stop.signal.reason;
  }

  async #turn(): Promise<void> {
    const { environment } = this.#options;
    const startMs = this.#nowMs();
    const fetched = await this.#fetch();
    this.#measures.polled(startMs);
    this.#flow.feed(fetched);
    if (this.#ordered !== null) {
      const order = this.#ordered;
      this.#ordered = null;
      throw order;
    }
    await this.tasks.prepareLate();
    if (this.#restorer.active) {
      await this.#restorer.step(this.#lastProcessed > 0 ? 0 : RESTORE_WAIT_MS);
      this.tasks.runRestored();
    }
    this.#serdes.step(this.tasks.tasks);
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
      this.#fetchFailures = 0;
    } catch (error) {
      this.#rebalance.assertSound();
      if (!(error instanceof RetriableError)) throw error;
      this.#patience.complain("Fetching", error);
      if (++this.#fetchFailures >= FETCH_FAILURES_MAX) this.#onRebalancing();
      await this.#patience.pause(RETRY_DELAY_MS);
    }
    // Even a retriable failure here has stopped tasks: polling again would not start them.
    this.#rebalance.assertSound();
    return fetched;
  }

  /** How long there is nothing to do if no record comes. */
  #waitMs(): number {
    if (this.#lastProcessed > 0 || this.#restorer.active || this.assignment.busy || this.#stopping) return 0;
    if (this.tasks.waitsToOpen) return OPEN_RETRY_MS;
    let waitMs = this.#processing.idleMs(this.#caughtUp.wanted && !this.#processing.paused ? 1 : this.#options.pollMs);
    // While a commit is on its way the next one cannot begin: waiting for it must not become spinning.
    if (!this.#committer.busy && !this.#joinPause.on && this.#processing.commitNeeded)
      waitMs = Math.min(waitMs, this.#lastCommitMs + this.#options.commitIntervalMs - this.#nowMs());
    return Math.max(0, waitMs);
  }

  async #commitWhenDue(): Promise<void> {
    if (this.#committer.busy || this.#joinPause.on) return;
    await this.#committer.settled();
    const due = this.#nowMs() - this.#lastCommitMs >= this.#options.commitIntervalMs;
    if (due || this.#processing.commitRequested) await this.#commit();
  }

  async #checkCaughtUp(): Promise<void> {
    if (this.#joinPause.on) return;
    await this.#committer.settled();
    if (this.#committer.unfinished) await this.#commit();
    else await this.#caughtUp.check(() => this.#commit());
  }

  async #commit(): Promise<void> {
    this.#measures.committing();
    await this.#committer.commit(this.tasks.tasks);
    this.#joinPause.committed();
    this.#lastCommitMs = this.#nowMs();
  }

  /** Keeps memory bounded: overlays that have grown too large, and the producer's buffer. */
  async #relieve(): Promise<void> {
    let overlayBytes = 0;
    for (const task of this.tasks.tasks) overlayBytes += task.states.overlayBytes;
    if (overlayBytes > this.#overlayMaxBytes) {
      if (this.#options.transactionalId !== null) {
        if (!this.#joinPause.on) await this.#commit();
      } else {
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
    const { events } = this.#options;
    const cause = this.#startOverCause;
    if (cause instanceof RetriableError) this.#patience.complain("Work that started over from the last commit", cause);
    else events.onStartOver(cause);
    this.#onRebalancing();
    if (this.#recovery.delayMs > 0) await this.#patience.pause(this.#recovery.delayMs);
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

  #finish(): Promise<void> {
    const poll = async (): Promise<void> => {
      await this.#consumer.poll(this.#options.pollMs);
      this.#rebalance.assertSound();
    };
    const commitWaits = (): boolean => this.#processing.commitNeeded && this.#joinPause.on;
    return finish(this.#parts(), { failed: this.#startOverCause, poll, commitWaits, caughtUp: this.#caughtUp });
  }

  #announce(): void {
    if (this.#announced || !this.#rebalance.assigned || !this.tasks.allRunning || this.#fetchFailures > 0) return;
    this.#announced = true;
    this.#options.events.onRunning();
  }

  readonly #onRebalancing = (): void => {
    if (!this.#announced) return;
    this.#announced = false;
    this.#options.events.onRebalancing();
  };

  readonly #onCommitted: ConstructorParameters<typeof AtLeastOnceCommitter>[0]["onCommitted"] = (positions) => {
    this.#recovery.committed();
    this.#measures.committed();
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
