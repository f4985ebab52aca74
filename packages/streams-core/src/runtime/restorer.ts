import {
  OffsetOutOfRangeError,
  type KafkaClient,
  type ManualConsumer,
  type OffsetAndMetadata,
  type TopicPartition,
} from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { TaskState } from "@millrace/state-stores";
import type { FetchSettings } from "./client-settings.js";
import { applyRows, ROW_BYTES_MAX, writeRows, type ChangelogRowsOptions } from "./changelog-rows.js";
import { OpenTransactionWatch } from "./open-transaction-watch.js";
import type { RestoreChangelog } from "./restore-changelog.js";
import type { RestoreListener } from "./restore-listener.js";
import { RestorePlanner, wipeState } from "./restore-plan.js";
import type { WorkerTask } from "./worker-task.js";

export interface RestorerOptions {
  readonly client: KafkaClient;
  readonly clientId: string;
  readonly clusterId: string;
  readonly fetching: FetchSettings;
  readonly environment: Environment;
  readonly listener: RestoreListener;
}

/** Read and not written yet, of all stores together. */
const GATHERED_BYTES_MAX = 8 * ROW_BYTES_MAX;

/**
 * Brings the stores of tasks up to their changelogs' ends, a slice at a time between the worker's other work. Reads
 * committed records only, up to the high watermark seen at the start. What was written stays: an interrupted restore
 * goes on from there.
 */
export class Restorer {
  readonly #options: RestorerOptions;
  readonly #planner: RestorePlanner;
  readonly #applying: ChangelogRowsOptions;
  readonly #active = new Map<TopicPartition, RestoreChangelog>();
  /** Tasks not complete yet, with the group's offsets they were planned by. */
  readonly #waiting = new Map<WorkerTask, ReadonlyMap<TopicPartition, OffsetAndMetadata | null>>();
  readonly #transactions: OpenTransactionWatch;
  #consumer: ManualConsumer | null = null;

  constructor(options: RestorerOptions) {
    this.#options = options;
    const { client, clusterId, environment } = options;
    this.#applying = {
      scheduler: environment.scheduler,
      wanted: (restore) => this.#active.get(restore.partition) === restore,
      onWritten: (restore, rows) => {
        const { metrics } = environment;
        metrics.counter("stream-task", "restore-total", { task: restore.task.name }).add(rows);
        options.listener.onRestoreBatch?.(restore.subject, restore.position, rows);
      },
    };
    this.#planner = new RestorePlanner({ admin: client.admin(), clusterId, environment });
    this.#transactions = new OpenTransactionWatch("Restoring", client.admin(), environment);
  }

  get active(): boolean {
    return this.#waiting.size > 0;
  }

  /** Offsets of a task's changelogs that are still to be read; 0 when it is restored. */
  remainingRecords(task: WorkerTask): number {
    let remaining = 0;
    for (const restore of this.#active.values()) {
      if (restore.task === task) remaining += Math.max(0, restore.endOffset - restore.position);
    }
    return remaining;
  }

  /** Takes tasks in; `committed` must have been read before. */
  async add(
    tasks: readonly WorkerTask[],
    committed: ReadonlyMap<TopicPartition, OffsetAndMetadata | null>,
  ): Promise<void> {
    const restores = await this.#planner.plan(tasks, committed);
    for (const task of tasks) this.#waiting.set(task, committed);
    for (const restore of restores) {
      this.#options.listener.onRestoreStart?.(restore.subject, restore.position, restore.endOffset);
      if (restore.done) this.#end(restore, false);
      else this.#active.set(restore.partition, restore);
    }
    this.#assign();
  }

  /** Gives tasks up; what they have restored stays in their states. */
  remove(tasks: readonly WorkerTask[]): void {
    for (const task of tasks) this.#waiting.delete(task);
    for (const restore of [...this.#active.values()])
      if (tasks.some((task) => task === restore.task)) this.#end(restore, true);
    this.#assign();
  }

  /** Reads and writes one slice; waits at most `maxWaitMs` for records. */
  async step(maxWaitMs: number): Promise<void> {
    if (this.#consumer === null || this.#active.size === 0) return;
    const polled = new Map(this.#active);
    try {
      const batches = await this.#consumer.poll(maxWaitMs);
      for (const batch of batches) {
        const restore = this.#active.get(batch.tp);
        // Not one that has started over since: its position is another.
        if (restore === undefined || restore !== polled.get(batch.tp)) continue;
        if (await applyRows(restore, batch, this.#gatherBytes(restore), this.#applying)) continue;
        await this.#startOver(restore.state, "is older than its changelog keeps tombstones");
      }
      if (batches.length === 0) await this.#idle(this.#consumer);
    } catch (error) {
      if (!(error instanceof OffsetOutOfRangeError)) throw error;
      await this.#outOfRange(error);
    }
    for (const restore of this.#active.values()) restore.throwFailure();
    await this.#finishThoseAtTheirEnd();
  }

  /** The tasks that are complete; the restorer forgets them. */
  takeRestored(): readonly WorkerTask[] {
    const busy = new Set([...this.#active.values()].map(({ task }) => task));
    const restored = [...this.#waiting.keys()].filter((task) => !busy.has(task));
    for (const task of restored) this.#waiting.delete(task);
    return restored;
  }

  /** Ends a `step` that waits. */
  wakeup(): void {
    this.#consumer?.wakeup();
  }

  async close(): Promise<void> {
    this.remove([...this.#waiting.keys()]);
    await this.#consumer?.close();
    this.#consumer = null;
  }

  /** Positions also move past control records and holes that no batch tells of. */
  async #finishThoseAtTheirEnd(): Promise<void> {
    const consumer = this.#consumer;
    const atEnd = [...this.#active.values()].filter(
      ({ done, partition, endOffset }) => done || (consumer?.position(partition) ?? -1) >= endOffset,
    );
    if (atEnd.length === 0) return;
    for (const restore of atEnd) await writeRows(restore, this.#applying);
    // Until here the writes of several stores went on side by side.
    for (const restore of atEnd) await restore.settled();
    for (const restore of atEnd) if (this.#active.get(restore.partition) === restore) this.#end(restore, false);
    this.#assign();
  }

  /** Nothing came: what was read is written, and what is waited for is looked at. */
  async #idle(consumer: ManualConsumer): Promise<void> {
    const restores = [...this.#active.values()];
    for (const restore of restores) await writeRows(restore, this.#applying);
    this.#transactions.look(
      restores.map(({ partition, endOffset }) => ({ partition, position: consumer.position(partition), endOffset })),
    );
  }

  /** A database on disk takes a few large batches in less time than many small ones; the heap does not care. */
  #gatherBytes({ state }: RestoreChangelog): number {
    if (state.engine === "memory") return 0;
    return Math.min(ROW_BYTES_MAX, GATHERED_BYTES_MAX / this.#active.size);
  }

  async #outOfRange(error: OffsetOutOfRangeError): Promise<void> {
    const restore = this.#active.get(error.partition);
    if (restore === undefined) throw error;
    await this.#startOver(restore.state, `ends at offset ${error.offset}, its changelog begins at ${error.logStart}`);
  }

  /** Wipes a state, all of its stores with it, and restores them from their logs' starts. */
  async #startOver(state: TaskState, reason: string): Promise<void> {
    const { environment, clusterId } = this.#options;
    environment.logger.warn(`Stored state ${reason}: it is wiped and restored.`);
    await wipeState(state, { clusterId, committedAtMs: environment.clock.nowMs() });
    for (const [task, committed] of [...this.#waiting]) {
      if (!task.states.all.includes(state)) continue;
      this.remove([task]);
      await this.add([task], committed);
    }
  }

  #end(restore: RestoreChangelog, interrupted: boolean): void {
    if (this.#active.get(restore.partition) === restore) this.#active.delete(restore.partition);
    this.#options.listener.onRestoreEnd?.(restore.subject, restore.restoredTotal, interrupted);
  }

  #assign(): void {
    if (this.#active.size === 0 && this.#consumer === null) return;
    const { client, clientId, fetching } = this.#options;
    this.#consumer ??= client.restoreConsumer({ ...fetching, clientId, isolation: "read_committed" });
    const positions = new Map<TopicPartition, number>();
    for (const [partition, restore] of this.#active) positions.set(partition, restore.position);
    this.#consumer.assign(positions);
  }
}
