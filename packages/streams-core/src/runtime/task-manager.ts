import type {
  GroupConsumer,
  OffsetAndMetadata,
  OffsetReset,
  StreamsAdmin,
  TopicPartition,
} from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { StateStore, TaskId } from "../model/index.js";
import { taskIdText } from "../model/index.js";
import type { StandbyTasks } from "./standby-tasks.js";
import { LateTasks } from "./late-tasks.js";
import { Measures } from "./measures.js";
import type { ProducerCollector } from "./producer-collector.js";
import type { Restorer } from "./restorer.js";
import { StreamTask } from "./stream-task.js";
import { TaskIdling } from "./task-idling.js";
import type { TopologySerdes } from "./topology-serdes.js";
import { UnopenedTasks, type TaskShare } from "./unopened-tasks.js";
import type { TaskConfig } from "./task-config.js";
import type { TaskListener } from "./task-listener.js";
import { MissingOffsetError } from "./worker-errors.js";
import type { WorkerPlan } from "./worker-plan.js";
import { WorkerStates, type StateBackends } from "./worker-states.js";
import { WorkerTask, type CoreFactory } from "./worker-task.js";

export interface TaskManagerOptions {
  readonly plan: WorkerPlan;
  readonly consumer: GroupConsumer;
  readonly admin: StreamsAdmin;
  readonly collector: ProducerCollector;
  readonly restorer: Restorer;
  readonly serdes: TopologySerdes;
  /** Copies of tasks, one of which may be to run now. */
  readonly standbys: StandbyTasks;
  readonly backends: StateBackends;
  readonly globalStores: ReadonlyMap<string, StateStore>;
  readonly environment: Environment;
  /** `cacheMaxBytes` is the budget of all tasks together. */
  readonly config: TaskConfig;
  readonly offsetReset: OffsetReset;
  /** How long a task is tried again while the cluster does not answer (R4). */
  readonly taskTimeoutMs: number;
  /** As in the worker's options: shared, kept up to date. */
  readonly stateOffsets: Map<string, number>;
  /** Told of all tasks. */
  readonly taskListener: TaskListener;
}

type Committed = ReadonlyMap<TopicPartition, OffsetAndMetadata | null>;

/** The tasks a worker owns: opens, seeds, restores, starts over and closes them. Commits nothing. */
export class TaskManager {
  readonly #options: TaskManagerOptions;
  readonly #tasks = new Map<string, WorkerTask>();
  readonly #unopened: UnopenedTasks;
  readonly #late: LateTasks;
  readonly #byPartition = new Map<TopicPartition, WorkerTask>();
  readonly #measures = new Map<WorkerTask, readonly Measures[]>();
  #cacheMaxBytes: number;

  constructor(options: TaskManagerOptions) {
    this.#options = options;
    this.#unopened = new UnopenedTasks(options.plan);
    this.#late = new LateTasks(options.environment.clock, options.taskTimeoutMs);
    this.#cacheMaxBytes = options.config.cacheMaxBytes;
  }

  /** Tasks with state here, open or closed, and the sum of the offsets their stores had reached when last seen. */
  stateOffsets(): ReadonlyMap<string, number> {
    const { stateOffsets } = this.#options;
    for (const task of this.#tasks.values()) stateOffsets.set(task.name, task.states.offsetSum);
    return stateOffsets;
  }

  /** All tasks, in the order of their ids. */
  get tasks(): readonly WorkerTask[] {
    return [...this.#tasks.values()];
  }

  /** Names of tasks the group has given that another worker of this process has not closed yet. */
  get unopened(): readonly string[] {
    return this.#unopened.names;
  }

  /** True while there are such tasks. */
  get waitsToOpen(): boolean {
    return this.#unopened.size > 0;
  }

  /** True when every task has been restored and runs. */
  get allRunning(): boolean {
    if (this.#unopened.size > 0) return false;
    for (const task of this.#tasks.values()) if (!task.running) return false;
    return true;
  }

  ofPartition(partition: TopicPartition): WorkerTask | undefined {
    return this.#byPartition.get(partition);
  }

  /** Those of `partitions`' tasks that are open, each once. */
  ofPartitions(partitions: readonly TopicPartition[]): readonly WorkerTask[] {
    const tasks = new Set<WorkerTask>();
    for (const partition of partitions) {
      const task = this.#byPartition.get(partition);
      if (task !== undefined) tasks.add(task);
    }
    return [...tasks];
  }

  /** True when `partition` belongs to `task`, whether or not the task has it. */
  owns(task: WorkerTask, partition: TopicPartition): boolean {
    const id = this.#options.plan.taskOf(partition);
    return id !== undefined && taskIdText(id) === task.name;
  }

  /**
   * Opens the tasks of `partitions` and has them restored; their partitions are paused until then. Those that another
   * worker of this process still has are opened by `prepareLate`.
   */
  async open(partitions: readonly TopicPartition[]): Promise<void> {
    this.#options.consumer.pause(this.#unopened.add(partitions));
    await this.#openUnopened();
  }

  /** The group has taken these away: tasks of theirs that wait to be opened are not any more. */
  forget(partitions: readonly TopicPartition[]): void {
    this.#unopened.forget(partitions);
  }

  /** Tries again what could not be opened, or not be prepared then; the others go on meanwhile (R4). */
  async prepareLate(): Promise<void> {
    if (this.#unopened.size > 0) await this.#openUnopened();
    if (!this.#late.waiting) return;
    for (const task of this.#late.due()) await this.#late.tryToPrepare([task], () => this.#prepare([task]));
  }

  /** The budget of all tasks' record caches together (R16). */
  setCacheBudget(cacheMaxBytes: number): void {
    this.#cacheMaxBytes = cacheMaxBytes;
    this.#shareCache();
  }

  /** Runs the tasks whose restoring is complete, or has them wait for the serdes of their stores. */
  runRestored(): void {
    const { restorer, serdes } = this.#options;
    for (const task of restorer.takeRestored()) {
      if (task.storesReadable || !serdes.hasStores(task.id.subtopology)) this.run(task);
      else task.waitsForStores = true;
    }
  }

  /** Runs a task that is restored. */
  run(task: WorkerTask): void {
    task.run();
    this.#options.consumer.resume(task.partitions);
  }

  /** Forgets tasks: processors and states are closed, and nothing else is written. */
  async close(tasks: readonly WorkerTask[]): Promise<void> {
    this.#options.restorer.remove(tasks);
    const failures: unknown[] = [];
    this.#late.forget(tasks);
    for (const task of tasks) {
      this.#tasks.delete(task.name);
      for (const measures of this.#measures.get(task) ?? []) measures.close();
      this.#measures.delete(task);
      for (const partition of task.partitions) this.#byPartition.delete(partition);
      try {
        task.stop();
      } catch (error) {
        failures.push(error);
      }
      this.#options.stateOffsets.set(task.name, task.states.offsetSum);
      await task.states.close();
    }
    this.#shareCache();
    if (failures.length > 0) throw failures[0];
  }

  /** Stops processors without committing, before a roll-back. What they throw is logged. */
  stop(tasks: readonly WorkerTask[]): void {
    this.#options.restorer.remove(tasks);
    for (const task of tasks) {
      try {
        task.stop();
      } catch (error) {
        this.#options.environment.logger.warn("A processor failed while it was closed.", { task: task.name, error });
      }
    }
  }

  /** After a roll-back: all tasks begin anew from the last commit. Stores catch up with what their changelogs hold. */
  async startOver(): Promise<void> {
    for (const task of this.#tasks.values()) task.rebuild();
    this.#late.forget(this.tasks);
    await this.#prepare(this.tasks);
  }

  async #openUnopened(): Promise<void> {
    const opened: WorkerTask[] = [];
    const states = await this.#openStates(this.#unopened.names);
    try {
      for (const share of this.#unopened.shares) {
        const own = states.get(share.name);
        if (own !== undefined) opened.push(this.#make(share, own));
      }
    } catch (error) {
      for (const [name, each] of states) if (!this.#tasks.has(name)) await each.close();
      throw error;
    }
    if (opened.length === 0) return;
    this.#shareCache();
    await this.#late.tryToPrepare(opened, () => this.#prepare(opened));
  }

  #make({ name, id, partitions }: TaskShare, states: WorkerStates): WorkerTask {
    this.#watch(id);
    const task = new WorkerTask(id, partitions, states, this.#core);
    this.#unopened.opened(name);
    this.#tasks.set(name, task);
    for (const partition of partitions) this.#byPartition.set(partition, task);
    this.#measure(task);
    return task;
  }

  /**
   * The states of standbys of these tasks, as they are, and of the others that nobody has open; when it fails, none is
   * open.
   */
  async #openStates(names: readonly string[]): Promise<ReadonlyMap<string, WorkerStates>> {
    const { standbys, backends, environment } = this.#options;
    const promoted = await standbys.promote(names);
    const opened = new Map<string, WorkerStates>();
    try {
      await standbys.release();
      for (const name of names) {
        const states = promoted.get(name) ?? (await WorkerStates.open(backends, name, environment));
        if (states !== null) opened.set(name, states);
      }
      return opened;
    } catch (error) {
      for (const states of new Set([...promoted.values(), ...opened.values()])) await states.close();
      throw error;
    }
  }

  async #prepare(tasks: readonly WorkerTask[]): Promise<void> {
    const { consumer, restorer } = this.#options;
    const partitions = tasks.flatMap((task) => task.partitions);
    if (partitions.length === 0) return;
    consumer.pause(partitions);
    // First the committed offsets, waiting for transactions in progress; only then the ends of the changelogs.
    const committed = await consumer.committed(partitions, { stable: true });
    await this.#seek(tasks, committed);
    for (const task of tasks) task.seed(committed);
    await restorer.add(tasks, committed);
  }

  async #seek(tasks: readonly WorkerTask[], committed: Committed): Promise<void> {
    const { consumer } = this.#options;
    for (const task of tasks) {
      for (const partition of task.partitions) {
        const offset =
          committed.get(partition)?.offset ?? task.startOffsets.get(partition) ?? (await this.#reset(partition));
        if (!committed.get(partition)) task.startOffsets.set(partition, offset);
        consumer.seek(partition, offset);
      }
    }
  }

  async #reset(partition: TopicPartition): Promise<number> {
    const { admin, environment, plan, offsetReset } = this.#options;
    const reset = plan.resetOf(partition.topic, offsetReset);
    if (reset === "none") throw new MissingOffsetError(partition.topic, partition.partition);
    const at = typeof reset === "object" ? environment.clock.nowMs() - reset.byDurationMs : reset;
    const offsets = await admin.listOffsets([partition], at, "read_committed");
    return offsets.get(partition) ?? 0;
  }

  /** Has the collector learn at which offsets the changelogs of a task stand. */
  #watch(id: TaskId): void {
    const { plan, collector } = this.#options;
    for (const { changelog, sourceIsChangelog } of plan.subtopology(id.subtopology)?.stores ?? []) {
      if (changelog !== null && !sourceIsChangelog) collector.tracker.watch(plan.realTopic(changelog), id.partition);
    }
  }

  /** What is known of a task besides its core, which is made anew when it starts over. */
  #measure(task: WorkerTask): void {
    const { environment, restorer, consumer } = this.#options;
    const tags = { task: task.name };
    environment.metrics.counter("stream-task", "restore-total", tags);
    const restoring = new Measures(environment, "stream-task", tags);
    restoring.gauge("restore-remaining-records-total", () => restorer.remainingRecords(task));
    const reading = new Measures(environment, "stream-topic", tags);
    for (const partition of task.partitions) {
      reading.gauge("records-lag", () => consumer.lag(partition) ?? 0, { topic: partition.topic });
    }
    this.#measures.set(task, [restoring, reading]);
  }

  /** Every task gets an equal part; one that has too much makes room with its next update. */
  #shareCache(): void {
    const share = this.#cacheShare(this.#tasks.size);
    for (const { core } of this.#tasks.values()) core.setCacheBudget(share);
  }

  #cacheShare(tasks: number): number {
    return Math.floor(this.#cacheMaxBytes / Math.max(1, tasks));
  }

  readonly #core: CoreFactory = (id, partitions, states) => {
    const { plan, collector, globalStores, environment, config, consumer, taskListener: listener } = this.#options;
    const subtopology = plan.subtopology(id.subtopology);
    const core = new StreamTask({
      id,
      applicationId: plan.applicationId,
      topology: plan.topology,
      subtopologies: subtopology === undefined ? [] : [subtopology],
      partitions,
      persistentState: states.main,
      memoryState: states.memory,
      collector: collector.forTask(),
      globalStores,
      environment,
      listener,
      config: { ...config, cacheMaxBytes: this.#cacheShare(this.#tasks.size) },
      idling: new TaskIdling({
        maxTaskIdleMs: config.maxTaskIdleMs,
        lag: (partition) => consumer.lag(partition),
        clock: environment.clock,
        enforced: environment.metrics.counter("stream-task", "enforced-processing-total", { task: taskIdText(id) }),
      }),
    });
    core.onResult(() => consumer.wakeup());
    return core;
  };
}
