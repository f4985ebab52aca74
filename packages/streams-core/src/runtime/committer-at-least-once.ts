import {
  RebalanceInProgressError,
  RetriableError,
  type OffsetAndMetadata,
  type TopicPartition,
} from "@millrace/kafka-client";
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
import { TaskTimeoutError } from "./worker-errors.js";
import type { WorkerTask } from "./worker-task.js";

/**
 * At-least-once: the snapshot is taken at once and processing goes on into fresh overlays; behind its back everything
 * sent up to the snapshot is acknowledged, then the offsets are committed, then the stores written. A crash between
 * any two of these repeats work, and loses none.
 */
export class AtLeastOnceCommitter implements Committer {
  readonly #options: CommitterOptions;
  /** The end of the last commit. */
  readonly #pending = new PendingWork();
  /** Positions of a commit the group could not take because it was rebalancing; the next one brings them along. */
  #carried: ReadonlyMap<TopicPartition, OffsetAndMetadata> = new Map();
  /** Since when the cluster has not answered commits; null: it does. */
  #retryingSinceMs: number | null = null;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  get busy(): boolean {
    return this.#pending.busy;
  }

  get unfinished(): boolean {
    return this.#carried.size > 0;
  }

  async start(): Promise<void> {
    const { client, clientId, settings, collector } = this.#options;
    const producer = client.producer({ ...settings, clientId, ...collector.listeners() });
    collector.attach(await openProducer(producer, this.#options.environment));
  }

  async commit(tasks: readonly WorkerTask[]): Promise<void> {
    await this.settled();
    this.#options.collector.assertSound();
    await finishCalls(tasks);
    const snapshot = takeSnapshot(tasks, this.#options.collector);
    if (snapshot.tasks.length === 0 && this.#carried.size === 0) return;
    this.#pending.begin(this.#finish(snapshot));
  }

  settled(): Promise<void> {
    return this.#pending.settled();
  }

  /** There is nothing to take back; what was sent must be in the log before anybody reads the changelogs' ends. */
  async rollBack(): Promise<void> {
    await this.#pending.givenUp();
    this.#carried = new Map();
    const { collector, environment } = this.#options;
    if (collector.failure === null && (await this.#flushed())) return collector.rolledBack();
    await abandon(collector.producer, environment);
    await this.start();
  }

  /** Throws TaskTimeoutError when the offsets have been refused for too long. */
  #requireTime(error: RetriableError): void {
    const { taskTimeoutMs, environment } = this.#options;
    const nowMs = environment.clock.monotonicMs();
    this.#retryingSinceMs ??= nowMs;
    if (nowMs - this.#retryingSinceMs < taskTimeoutMs) return;
    this.#retryingSinceMs = null;
    throw new TaskTimeoutError("The commit of offsets", taskTimeoutMs, error);
  }

  async #flushed(): Promise<boolean> {
    try {
      await this.#options.collector.producer.flush();
      return true;
    } catch (error) {
      this.#options.environment.logger.warn("Records could not be sent; a new producer takes over.", { error });
      return false;
    }
  }

  async close(): Promise<void> {
    await this.#pending.givenUp();
    await abandon(this.#options.collector.producer, this.#options.environment);
  }

  async #finish(snapshot: CommitSnapshot): Promise<void> {
    const { collector, clusterId, environment } = this.#options;
    const stamp = { clusterId, committedAtMs: environment.clock.nowMs() };
    await collector.producer.flush();
    collector.assertSound();
    const owned = new Set(this.#options.consumer.assignment());
    const committed = await this.#commitOffsets(snapshot.positions, owned);
    // Unless the group has confirmed that this member still owns a task, another may have written its changelogs since:
    // without offsets, the rows are brought up to date by a replay from the offsets stored before.
    const offsetOf = changelogOffsets(snapshot, collector);
    const confirmed = (task: WorkerTask): boolean => committed && task.partitions.every((each) => owned.has(each));
    await Promise.all(
      snapshot.tasks.map((task) => task.states.commitFrozen(confirmed(task) ? offsetOf : () => undefined, stamp)),
    );
  }

  /** True when the group has taken them; those of partitions that are not `owned` any more are left out. */
  async #commitOffsets(
    fresh: ReadonlyMap<TopicPartition, OffsetAndMetadata>,
    owned: ReadonlySet<TopicPartition>,
  ): Promise<boolean> {
    const { consumer, environment } = this.#options;
    const positions = new Map([...this.#carried, ...fresh].filter(([partition]) => owned.has(partition)));
    this.#carried = new Map();
    if (positions.size === 0) return false;
    try {
      await consumer.commit(positions);
      this.#retryingSinceMs = null;
      this.#options.onCommitted(positions);
      return true;
    } catch (error) {
      if (!(error instanceof RebalanceInProgressError) && !(error instanceof RetriableError)) throw error;
      if (error instanceof RetriableError) this.#requireTime(error);
      environment.logger.info("Offsets could not be committed now; the next commit takes them along.", { error });
      this.#carried = positions;
      return false;
    }
  }
}
