import type { FetchedPartition, OffsetAndMetadata, TopicPartition } from "@millrace/kafka-client";
import { taskIdText, type TaskId } from "../model/index.js";
import type { RestoredTask } from "./restore-changelog.js";
import type { StreamTask, TaskChangelog } from "./stream-task.js";
import type { WorkerStates } from "./worker-states.js";

/** Makes the core of a task on the states given; again after each roll-back. */
export type CoreFactory = (id: TaskId, partitions: readonly TopicPartition[], states: WorkerStates) => StreamTask;

/** A task as the worker keeps it: its synchronous core, its states, and how far it is on its way to running. */
export class WorkerTask implements RestoredTask {
  readonly id: TaskId;
  readonly name: string;
  readonly partitions: readonly TopicPartition[];
  /** Where partitions without a committed offset began, so that a roll-back begins there again. */
  readonly startOffsets = new Map<TopicPartition, number>();
  states: WorkerStates;
  core: StreamTask;
  running = false;
  /** Restored, but rows that others wrote into its stores may not be readable yet. */
  waitsForStores = false;
  /** They are; since it was opened nobody else writes them. */
  storesReadable = false;
  readonly #makeCore: CoreFactory;
  #coreClosed = false;
  #committed: ReadonlyMap<TopicPartition, OffsetAndMetadata | null> = new Map();
  #early: FetchedPartition[] = [];

  constructor(id: TaskId, partitions: readonly TopicPartition[], states: WorkerStates, makeCore: CoreFactory) {
    this.id = id;
    this.name = taskIdText(id);
    this.partitions = partitions;
    this.#makeCore = makeCore;
    this.states = states;
    this.core = this.#newCore();
  }

  changelogs(): readonly TaskChangelog[] {
    return this.core.changelogs();
  }

  /** Keeps the committed positions, for partition times to be taken over when the task runs (T3). */
  seed(committed: ReadonlyMap<TopicPartition, OffsetAndMetadata | null>): void {
    this.#committed = committed;
  }

  /** Its core is at work, or on its way there: not stopped. */
  get open(): boolean {
    return !this.#coreClosed;
  }

  /** Restored: processors are initialised, records that came early are taken in. */
  run(): void {
    this.waitsForStores = false;
    this.storesReadable = true;
    this.core.initialize();
    for (const partition of this.partitions) this.core.seed(partition, this.#committed.get(partition) ?? null);
    this.running = true;
    const early = this.#early;
    this.#early = [];
    for (const batch of early) this.core.addRecords(batch);
  }

  addRecords(batch: FetchedPartition): void {
    if (this.running) this.core.addRecords(batch);
    else this.#early.push(batch);
  }

  /** Forgets everything since the last commit and begins anew on the same states. The core must have been stopped. */
  rebuild(): void {
    this.states.discard();
    this.core = this.#newCore();
  }

  /** Closes the processors; what they hold and have not committed is gone. Once. */
  stop(): void {
    this.running = false;
    this.waitsForStores = false;
    this.#early = [];
    if (this.#coreClosed) return;
    this.#coreClosed = true;
    this.core.close();
  }

  #newCore(): StreamTask {
    const core = this.#makeCore(this.id, this.partitions, this.states);
    this.#coreClosed = false;
    this.states.logged(core.changelogs());
    return core;
  }
}
