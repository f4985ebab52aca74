import type { RecordCursor } from "@millrace/kafka-client";
import type { RestoredRows, TaskState } from "@millrace/state-stores";
import { noHeaders, type Headers, type StateStore } from "../model/index.js";
import { openStore, RecordCache, type ChangelogWriter, type OpenStore } from "../stores/index.js";
import { realTopicName, type PhysicalTopology, type StorePlan, type Subtopology } from "../topology/nodes.js";
import type { RecordCollector } from "./record-collector.js";
import type { TaskEnvironment } from "./task-environment.js";
import { TaskOutgoingRecord } from "./task-outgoing-record.js";

/** A store of a task and the changelog it is restored from. */
export interface TaskChangelog {
  readonly store: string;
  /** Real name. */
  readonly topic: string;
  readonly partition: number;
  readonly state: TaskState;
  /** `topic` is a source topic of the task: restore up to the committed offset only. */
  readonly sourceIsChangelog: boolean;
  /** Adds the row that the record the cursor stands on stands for, if any. Copies. */
  addRow(record: RecordCursor, rows: RestoredRows): void;
}

/** Where a task keeps its stores. */
export interface TaskStoresOptions {
  readonly topology: PhysicalTopology;
  readonly subtopologies: readonly Subtopology[];
  readonly partition: number;
  readonly persistentState: TaskState;
  readonly memoryState: TaskState;
  readonly collector: RecordCollector;
  readonly task: TaskEnvironment;
}

/** The stores of a task, in order of registration, under one cache. */
export class TaskStores {
  readonly byName = new Map<string, StateStore>();
  readonly opened = new Map<string, OpenStore>();
  readonly changelogs: readonly TaskChangelog[];
  /** Where the rows of each store are, by its name. */
  readonly states: ReadonlyMap<string, TaskState>;
  private readonly open: readonly OpenStore[];
  private readonly cache: RecordCache;

  constructor(options: TaskStoresOptions) {
    const cache = new RecordCache(options.task.config.cacheMaxBytes);
    this.cache = cache;
    const open: OpenStore[] = [];
    const changelogs: TaskChangelog[] = [];
    const states = new Map<string, TaskState>();
    for (const { stores } of options.subtopologies) {
      for (const plan of stores) {
        const state = plan.builder.engine === "memory" ? options.memoryState : options.persistentState;
        const opened = openPlanned(plan, state, cache, options);
        open.push(opened);
        states.set(plan.builder.name, state);
        this.byName.set(plan.builder.name, opened.store);
        this.opened.set(plan.builder.name, opened);
        const changelog = changelogOf(plan, state, opened, options);
        if (changelog !== null) changelogs.push(changelog);
      }
    }
    this.open = open;
    this.changelogs = changelogs;
    this.states = states;
  }

  /** What the caches hold. */
  get cacheBytes(): number {
    return this.cache.bytes;
  }

  /** From now on. Stores without a cache stay without. */
  setCacheBudget(maxBytes: number): void {
    this.cache.maxBytes = maxBytes;
  }

  /**
   * Flushes the caches in order of registration. A flush may dirty a store flushed before: passes go on while there is
   * something to hand on, but no more of them than a graph without cycles can need.
   */
  flush(): void {
    for (let pass = 0; pass < this.open.length; pass++) {
      let flushed = false;
      for (const store of this.open) {
        if (!store.dirty) continue;
        store.flush();
        flushed = true;
      }
      if (!flushed) return;
    }
  }
}

function openPlanned(plan: StorePlan, state: TaskState, cache: RecordCache, options: TaskStoresOptions): OpenStore {
  const { builder } = plan;
  const { task, topology, collector, partition } = options;
  const topic = realTopicName(topology, task.applicationId, plan.changelog ?? `${builder.name}-changelog`);
  return openStore(builder, {
    rows: state.store(builder.name),
    topic,
    changelog:
      plan.changelog === null || plan.sourceIsChangelog
        ? null
        : new TaskChangelogWriter(topic, partition, builder.name, collector),
    cache,
    current: task.current,
    persistent: builder.engine !== "memory" && state.engine === "leveldb",
    onRefused: () => task.dropRecord(builder.name, "its row is older than the store's retention."),
  });
}

function changelogOf(
  plan: StorePlan,
  state: TaskState,
  open: OpenStore,
  options: TaskStoresOptions,
): TaskChangelog | null {
  if (plan.changelog === null) return null;
  return {
    store: plan.builder.name,
    topic: realTopicName(options.topology, options.task.applicationId, plan.changelog),
    partition: options.partition,
    state,
    sourceIsChangelog: plan.sourceIsChangelog,
    addRow: (record, rows) => open.addRow(record, rows),
  };
}

/** Sends the changes of one store to its changelog, through a record object that is used again and again. */
class TaskChangelogWriter implements ChangelogWriter {
  private readonly collector: RecordCollector;
  private readonly outgoing: TaskOutgoingRecord;

  constructor(topic: string, partition: number, store: string, collector: RecordCollector) {
    this.collector = collector;
    this.outgoing = new TaskOutgoingRecord(topic, partition, store);
  }

  write(key: Uint8Array, value: Uint8Array | null, timestamp: number, headers: Headers = noHeaders): void {
    const { outgoing } = this;
    outgoing.key = key;
    outgoing.value = value;
    outgoing.timestamp = timestamp;
    outgoing.headers = headers;
    this.collector.send(outgoing);
  }
}
