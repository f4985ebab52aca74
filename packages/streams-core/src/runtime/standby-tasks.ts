import {
  OffsetOutOfRangeError,
  RetriableError,
  tp,
  type GroupConsumer,
  type KafkaClient,
  type ManualConsumer,
  type TopicPartition,
} from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { TaskId } from "../model/index.js";
import { applyRows, type ChangelogRowsOptions } from "./changelog-rows.js";
import type { FetchSettings } from "./client-settings.js";
import type { RestoreChangelog } from "./restore-changelog.js";
import { RestorePlanner, wipeState } from "./restore-plan.js";
import type { StandbyListener, StandbyEndReason } from "./standby-listener.js";
import { StandbyTask } from "./standby-task.js";
import type { TaskConfig } from "./task-config.js";
import type { WorkerPlan } from "./worker-plan.js";
import { WorkerStates, type StateBackends } from "./worker-states.js";

export interface StandbyTasksOptions {
  readonly client: KafkaClient;
  readonly clientId: string;
  readonly clusterId: string;
  readonly fetching: FetchSettings;
  readonly plan: WorkerPlan;
  /** Asked for the group's offsets. */
  readonly consumer: GroupConsumer;
  readonly backends: StateBackends;
  readonly environment: Environment;
  readonly config: TaskConfig;
  readonly listener: StandbyListener;
}

/** How often the changelogs' ends are asked for: they tell the lag, and how far a source topic may be followed. */
const REFRESH_INTERVAL_MS = 1_000;
/** How long what the cluster did not answer waits to be asked again. */
const RETRY_INTERVAL_MS = 500;
/** A copy that has caught up notes that so often, lest it pass for one that has missed tombstones. */
const STAMP_INTERVAL_MS = 60_000;
const NO_OFFSETS: ReadonlyMap<string, number> = new Map();

/**
 * Copies of the state of tasks that run elsewhere: they follow the changelogs, so that the task can be taken over at
 * once. Call `step` when nothing of one's own waits to be restored.
 */
export class StandbyTasks {
  readonly #options: StandbyTasksOptions;
  readonly #planner: RestorePlanner;
  readonly #applying: ChangelogRowsOptions;
  readonly #tasks = new Map<string, StandbyTask>();
  readonly #restores = new Map<TopicPartition, RestoreChangelog>();
  readonly #ends = new Map<TopicPartition, number>();
  #wanted: readonly string[] = [];
  #changed = false;
  #consumer: ManualConsumer | null = null;
  #refreshedMs = -Infinity;
  #retryAtMs = -Infinity;

  constructor(options: StandbyTasksOptions) {
    this.#options = options;
    const { client, clusterId, environment } = options;
    this.#planner = new RestorePlanner({ admin: client.admin(), clusterId, environment });
    this.#applying = {
      scheduler: environment.scheduler,
      wanted: (restore) => this.#restores.get(restore.partition) === restore,
      onWritten: (restore, rows) => {
        environment.metrics.counter("stream-task", "update-total", { task: restore.task.name }).add(rows);
        const end = Math.max(restore.position, this.#ends.get(restore.partition) ?? 0);
        options.listener.onStandbyBatch?.(restore.subject, restore.position, rows, end);
      },
    };
  }

  /** Names of the tasks that are followed. */
  get names(): readonly string[] {
    return [...this.#tasks.keys()];
  }

  /** Those that are followed. */
  get tasks(): readonly StandbyTask[] {
    return [...this.#tasks.values()];
  }

  /** The tasks to follow from now on; taken in by the next `step`. */
  want(names: readonly string[]): void {
    this.#wanted = names;
    this.#changed = true;
  }

  /** Closes those that are not to be followed any more: others may wait for their states. */
  async release(): Promise<void> {
    if (this.#changed)
      await this.#closeTasks([...this.#tasks.values()].filter(({ name }) => !this.#wanted.includes(name)));
  }

  /** Sums of the offsets reached, by task. */
  offsetSums(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#tasks].map(([name, { restores }]) => [
        name,
        restores.reduce((sum, { partition }) => sum + this.#positionOf(partition), 0),
      ]),
    );
  }

  /** Records not applied yet of a task's changelogs, as of the last look at their ends; undefined: not known. */
  lagOf(name: string): number | undefined {
    const task = this.#tasks.get(name);
    if (task === undefined) return undefined;
    let lag = 0;
    for (const { partition } of task.restores) {
      const end = this.#ends.get(partition);
      if (end === undefined) return undefined;
      lag += Math.max(0, end - this.#positionOf(partition));
    }
    return lag;
  }

  /** Hands over the open states of those of these tasks that are followed: they are to run here. */
  async promote(names: readonly string[]): Promise<ReadonlyMap<string, WorkerStates>> {
    const promoted = new Map<string, WorkerStates>();
    for (const name of names) {
      const task = this.#tasks.get(name);
      if (task === undefined) continue;
      for (const restore of task.restores) await restore.settled();
      this.#forget(task, "promoted");
      promoted.set(name, task.states);
    }
    if (promoted.size > 0) this.#assign();
    return promoted;
  }

  /** Follows for one slice, without waiting for records. True when there were some. */
  async step(): Promise<boolean> {
    if (this.#changed) await this.#reconcile();
    if (this.#consumer === null || this.#restores.size === 0) return false;
    await this.#refreshWhenDue();
    let applied = false;
    try {
      for (const batch of await this.#consumer.poll(0)) {
        const restore = this.#restores.get(batch.tp);
        if (restore === undefined) continue;
        applied = true;
        if (!(await applyRows(restore, batch, 0, this.#applying))) {
          await this.#startOver(restore, "is older than its changelog keeps tombstones");
        } else if (restore.done) this.#holdAt(restore);
      }
    } catch (error) {
      if (error instanceof OffsetOutOfRangeError) await this.#outOfRange(error);
      else if (error instanceof RetriableError) this.#options.environment.logger.debug("Following waits.", { error });
      else throw error;
    }
    for (const restore of this.#restores.values()) await restore.settled();
    return applied;
  }

  /** What they hold stays. */
  async close(): Promise<void> {
    this.#wanted = [];
    await this.#closeTasks([...this.#tasks.values()]);
    await this.#consumer?.close();
    this.#consumer = null;
  }

  async #reconcile(): Promise<void> {
    await this.release();
    if (this.#options.environment.clock.monotonicMs() < this.#retryAtMs) return;
    this.#changed = false;
    const { backends, environment, plan, config } = this.#options;
    const opened: StandbyTask[] = [];
    try {
      for (const name of this.#wanted) {
        if (this.#tasks.has(name)) continue;
        const states = await WorkerStates.open(backends, name, environment);
        // The task itself, on its way out, or another worker of this process may have it.
        if (states === null) this.#changed = true;
        else opened.push(new StandbyTask({ id: taskIdOf(name), states, plan, environment, config }));
      }
    } catch (error) {
      await this.#giveUp(opened);
      throw error;
    }
    if (opened.length > 0) await this.#follow(opened);
  }

  /** What cannot be followed now is opened again later: whoever is to run the task must not find its state taken. */
  async #follow(tasks: readonly StandbyTask[]): Promise<void> {
    try {
      this.#followAs(tasks, await this.#plan(tasks));
    } catch (error) {
      await this.#giveUp(tasks);
      if (!(error instanceof RetriableError)) throw error;
      const { logger, clock } = this.#options.environment;
      logger.info("Standbys cannot be set up now; that is tried again.", { error });
      this.#retryAtMs = clock.monotonicMs() + RETRY_INTERVAL_MS;
    }
  }

  async #giveUp(tasks: readonly StandbyTask[]): Promise<void> {
    this.#changed = true;
    for (const task of tasks) await task.states.close();
  }

  async #plan(tasks: readonly StandbyTask[]): Promise<readonly RestoreChangelog[]> {
    const sources = tasks.flatMap((task) => sourcesOf(task));
    const committed =
      sources.length === 0 ? new Map() : await this.#options.consumer.committed(sources, { stable: true });
    return this.#planner.plan(tasks, committed);
  }

  #followAs(tasks: readonly StandbyTask[], restores: readonly RestoreChangelog[]): void {
    const { listener, client, clientId, fetching } = this.#options;
    for (const task of tasks) {
      this.#tasks.set(task.name, task);
      task.restores = restores.filter((restore) => restore.task === task);
    }
    for (const restore of restores) {
      this.#restores.set(restore.partition, restore);
      this.#ends.set(restore.partition, restore.endOffset);
      if (!restore.changelog.sourceIsChangelog) restore.endOffset = Infinity;
      listener.onStandbyStart?.(restore.subject, restore.position);
    }
    this.#consumer ??= client.restoreConsumer({
      ...fetching,
      clientId: `${clientId}-standby`,
      isolation: "read_committed",
    });
    this.#assign();
    for (const restore of restores) if (restore.done) this.#holdAt(restore);
  }

  async #closeTasks(tasks: readonly StandbyTask[]): Promise<void> {
    if (tasks.length === 0) return;
    for (const task of tasks) {
      this.#forget(task, "migrated");
      await task.states.close();
    }
    this.#assign();
  }

  #forget(task: StandbyTask, reason: StandbyEndReason): void {
    this.#tasks.delete(task.name);
    for (const restore of task.restores) {
      this.#restores.delete(restore.partition);
      this.#ends.delete(restore.partition);
      this.#options.listener.onStandbyEnd?.(restore.subject, restore.position, reason);
    }
  }

  async #refreshWhenDue(): Promise<void> {
    const { environment, client, consumer } = this.#options;
    const nowMs = environment.clock.monotonicMs();
    if (nowMs - this.#refreshedMs < REFRESH_INTERVAL_MS) return;
    this.#refreshedMs = nowMs;
    try {
      const partitions = [...this.#restores.keys()];
      const ends = await client.admin().listOffsets(partitions, "latest", "read_uncommitted");
      const sources = [...this.#tasks.values()].flatMap((task) => sourcesOf(task));
      const committed = sources.length === 0 ? null : await consumer.committed(sources, { stable: false });
      for (const restore of this.#restores.values()) {
        const { partition, changelog } = restore;
        const end = ends.get(partition) ?? 0;
        if (!changelog.sourceIsChangelog) this.#ends.set(partition, end);
        else this.#goOnTo(restore, Math.min(end, committed?.get(partition)?.offset ?? 0));
      }
      await this.#stampThoseCaughtUp();
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      environment.logger.debug("The ends of changelogs could not be read now.", { error });
    }
  }

  /** A source topic is followed as far as its records have been processed. */
  #goOnTo(restore: RestoreChangelog, endOffset: number): void {
    this.#ends.set(restore.partition, endOffset);
    if (endOffset <= restore.endOffset) return;
    restore.endOffset = endOffset;
    this.#consumer?.resume([restore.partition]);
  }

  #holdAt({ partition, endOffset }: RestoreChangelog): void {
    this.#consumer?.pause([partition]);
    this.#consumer?.seek(partition, endOffset);
  }

  async #stampThoseCaughtUp(): Promise<void> {
    const { environment, clusterId } = this.#options;
    const nowMs = environment.clock.nowMs();
    for (const { name, states } of this.#tasks.values()) {
      if (this.lagOf(name) !== 0) continue;
      for (const state of states.all) {
        if (nowMs - (state.stamp()?.committedAtMs ?? 0) < STAMP_INTERVAL_MS) continue;
        state.freeze();
        await state.commitFrozen(NO_OFFSETS, { ...state.stamp(), clusterId, committedAtMs: nowMs });
      }
    }
  }

  async #outOfRange(error: OffsetOutOfRangeError): Promise<void> {
    const restore = this.#restores.get(error.partition);
    if (restore === undefined) throw error;
    await this.#startOver(restore, `ends at offset ${error.offset}, its changelog begins at ${error.logStart}`);
  }

  async #startOver(restore: RestoreChangelog, reason: string): Promise<void> {
    const { environment, clusterId } = this.#options;
    const task = this.#tasks.get(restore.task.name);
    if (task === undefined) return;
    environment.logger.warn(`The stored standby ${reason}: it is wiped and follows anew.`, { task: task.name });
    for (const each of task.restores) await each.settled();
    await wipeState(restore.state, { clusterId, committedAtMs: environment.clock.nowMs() });
    this.#forget(task, "migrated");
    this.#assign();
    await this.#follow([task]);
  }

  #positionOf(partition: TopicPartition): number {
    const stored = this.#restores.get(partition)?.position ?? 0;
    // Records of transactions that were aborted, and markers, are passed without a row.
    return Math.max(stored, this.#consumer?.position(partition) ?? 0);
  }

  #assign(): void {
    const positions = new Map<TopicPartition, number>();
    for (const [partition, restore] of this.#restores) positions.set(partition, restore.position);
    this.#consumer?.assign(positions);
  }
}

/** The changelogs of a task that are its source topics. */
function sourcesOf(task: StandbyTask): readonly TopicPartition[] {
  return task
    .changelogs()
    .filter(({ sourceIsChangelog }) => sourceIsChangelog)
    .map(({ topic, partition }) => tp(topic, partition));
}

function taskIdOf(name: string): TaskId {
  const [subtopology, partition] = name.split("_");
  return { subtopology: Number(subtopology), partition: Number(partition) };
}
