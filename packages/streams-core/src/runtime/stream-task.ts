import type { FetchedPartition, OffsetAndMetadata, TopicPartition } from "@millrace/kafka-client";
import { StreamsError, taskIdText, type StateStore, type TaskId, type UnpreparedError } from "../model/index.js";
import { readOnlyStore, type OpenStore } from "../stores/index.js";
import { decodeOffsetMetadata, encodeOffsetMetadata } from "../time/index.js";
import { realTopicName } from "../topology/nodes.js";
import { NodeGraph } from "./node-graph.js";
import { PartitionGroup } from "./partition-group.js";
import { PartitionQueue } from "./partition-queue.js";
import type { PunctuationQueue } from "./punctuation.js";
import type { StreamTaskOptions } from "./stream-task-options.js";
import type { TaskIdling } from "./task-idling.js";
import { TaskEnvironment } from "./task-environment.js";
import type { TaskListener, WatchedTask } from "./task-listener.js";
import { TaskMeasures } from "./task-measures.js";
import { TaskStores, type TaskChangelog } from "./task-stores.js";

export type { TaskChangelog } from "./task-stores.js";

/**
 * The synchronous core of a task: takes fetched records, runs them through the graph, keeps stores, fires punctuators.
 * App and test driver run the same one. Order of calls: make it, restore `changelogs()`, `initialize`, `seed`, then
 * `addRecords`, `process`, `prepareCommit`, `positions` as often as needed, at last `close`.
 * An error thrown by any of them is final: close the task and do not commit.
 */
export class StreamTask implements WatchedTask {
  readonly id: TaskId;
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string;
  readonly partitions: readonly TopicPartition[];
  /** Records taken so far, those dropped in processing included. */
  processedRecords = 0;
  /** Something was taken, punctuated or skipped since the last `prepareCommit`. */
  commitNeeded = false;
  private readonly task: TaskEnvironment;
  private readonly graph: NodeGraph;
  private readonly group = new PartitionGroup();
  private readonly stores: TaskStores;
  private readonly globalStores: ReadonlyMap<string, StateStore>;
  private readonly idling: TaskIdling | null;
  private readonly listener: TaskListener | null;
  /** A commit of what it wrote is on its way. */
  private committing = false;
  private readonly measures: TaskMeasures;
  private punctuatedCount = 0;

  /** Opens stores and makes nodes; runs no code of the user's but the suppliers' `get`. */
  constructor(options: StreamTaskOptions) {
    const { id, applicationId, topology, subtopologies, environment, config } = options;
    this.id = id;
    this.taskId = taskIdText(id);
    this.partitions = options.partitions;
    this.globalStores = options.globalStores;
    this.idling = options.idling ?? null;
    this.listener = options.listener ?? null;
    const task = new TaskEnvironment({
      applicationId,
      taskId: this.taskId,
      environment,
      config,
      collector: options.collector,
    });
    this.task = task;
    this.stores = new TaskStores({ ...options, partition: id.partition, task });
    this.graph = new NodeGraph({
      nodes: subtopologies.flatMap(({ nodes }) => nodes),
      task,
      stores: this.stores.byName,
      globalStores: new Map([...options.globalStores].map(([name, store]) => [name, readOnlyStore(store)])),
      collector: options.collector,
      realName: (topic) => realTopicName(topology, applicationId, topic),
    });
    for (const tp of options.partitions) this.queueOf(tp);
    this.measures = new TaskMeasures({
      ...{ taskId: this.taskId, environment, stores: this.stores.states },
      bufferedRecords: () => this.group.buffered(),
      cacheBytes: () => this.stores.cacheBytes,
    });
  }

  /** The stores to restore before `initialize`, in order of registration. */
  changelogs(): readonly TaskChangelog[] {
    return this.stores.changelogs;
  }

  /** Has the listener told, then calls `init` of the processors. */
  initialize(): void {
    this.task.current.detach(-1);
    this.listener?.onRun(this);
    this.graph.init();
  }

  /** Takes over the partition time that was committed with the offset (T3). */
  seed(tp: TopicPartition, committed: OffsetAndMetadata | null): void {
    if (committed === null) return;
    const queue = this.queueOf(tp);
    queue.nextOffset = committed.offset;
    const { partitionTimeMs, operatorTimesMs } = decodeOffsetMetadata(committed.metadata);
    for (const [name, timeMs] of operatorTimesMs) this.task.keepTimeMs(name, timeMs);
    queue.partitionTimeMs = Math.max(queue.partitionTimeMs, partitionTimeMs);
    this.task.streamTimeMs = Math.max(this.task.streamTimeMs, partitionTimeMs);
  }

  /** Takes a batch over. Reads its first record when nothing else of that partition waits. */
  addRecords(batch: FetchedPartition): void {
    const queue = this.queueOf(batch.tp);
    const before = queue.position;
    this.group.add(queue, batch);
    if (!queue.ready && queue.position !== before) this.commitNeeded = true;
  }

  /** Upper bound of the records that wait, of one partition or of all. */
  bufferedRecords(tp?: TopicPartition): number {
    return tp === undefined ? this.group.buffered() : (this.group.queue(tp)?.buffered ?? 0);
  }

  /** Takes up to `maxRecords` records, smallest timestamp first, and runs due stream-time punctuators after each. Gives how many it took; 0: nothing waits. */
  process(maxRecords: number): number {
    const { task, group } = this;
    const { current, punctuations, calls } = task;
    if (calls.ready) this.deliverResults();
    const startMs = this.measures.nowMs();
    let count = 0;
    let read = 0;
    let lateMs = 0;
    let latestMs = 0;
    let timestampsMs = 0;
    let askedAtReady = -1;
    while (count < maxRecords && !task.held) {
      // What the broker is known to have changes between calls only: ask again when a queue has run empty.
      if (this.idling !== null && group.readyCount !== askedAtReady) {
        askedAtReady = group.readyCount;
        if (!group.mayTake(this.idling)) break;
      }
      const queue = group.take();
      if (queue === null) break;
      count++;
      const record = queue.taken;
      if (record !== null) {
        const { timestamp } = record;
        if (timestamp >= task.streamTimeMs) task.streamTimeMs = timestamp;
        else {
          lateMs += task.streamTimeMs - timestamp;
          latestMs = Math.max(latestMs, task.streamTimeMs - timestamp);
        }
        read++;
        timestampsMs += timestamp;
        current.topic = queue.tp.topic;
        current.partition = queue.tp.partition;
        current.offset = queue.takenOffset;
        current.timestamp = timestamp;
        current.headers = record.headers;
        current.source = queue;
        queue.consumed++;
        queue.source.process(record);
      }
      if (task.streamTimeMs >= punctuations.streamTime.nextMs) this.punctuateStreamTime();
    }
    if (count > 0) {
      this.commitNeeded = true;
      this.processedRecords += count;
      this.measures.processed(count, startMs);
      this.measures.late(read, lateMs, latestMs);
      this.measures.taken(read, timestampsMs);
      task.report();
      current.detach(-1);
    }
    return count;
  }

  /** Why nothing is processed: a record's serde has to be prepared before; null otherwise. */
  get unprepared(): UnpreparedError | null {
    return this.task.unprepared;
  }

  /** Reads the records that waited for their serdes, which are prepared now. */
  readUnprepared(): void {
    this.task.unprepared = null;
    this.group.readUnprepared();
  }

  /** Fires stream-time punctuators that are due; `process` does so itself. */
  punctuateStreamTime(): boolean {
    const { task } = this;
    if (task.streamTimeMs < 0) return false;
    return this.fire(task.punctuations.streamTime, task.streamTimeMs);
  }

  /** Fires wall-clock punctuators that are due, each once. */
  punctuateWallClock(nowMs: number): boolean {
    return this.fire(this.task.punctuations.wallClock, nowMs);
  }

  /** When the next wall-clock punctuator is due; Infinity when there is none. */
  nextWallClockMs(): number {
    return this.task.punctuations.wallClock.nextMs;
  }

  /** When it goes on without the partitions it waits for, by the monotonic clock; Infinity when it does not wait for a time. */
  get idleUntilMs(): number {
    const { idling, group, task } = this;
    return idling === null || group.readyCount === 0 || task.calls.busy > 0 ? Infinity : idling.untilMs;
  }

  /** Greatest timestamp taken (T1); -1 before the first record. */
  get streamTimeMs(): number {
    return this.task.streamTimeMs;
  }

  /** A processor asked for a commit. */
  get commitRequested(): boolean {
    return this.task.commitRequested;
  }

  /** Records dropped so far (T7). */
  get droppedRecords(): number {
    return this.task.droppedRecords;
  }

  /** Whether it has asynchronous operators. */
  get isAsynchronous(): boolean {
    return this.task.calls.used;
  }

  /** Records on their way in asynchronous operators. */
  get pendingRecords(): number {
    return this.task.calls.pending;
  }

  /** Results wait for `process`. */
  get resultsReady(): boolean {
    return this.task.calls.ready;
  }

  /** Calls of asynchronous operators that have not settled; those that wait for the clock to try again do not count. */
  get runningCalls(): number {
    return this.task.calls.running;
  }

  /** Another share of the record caches' memory: what is above it goes with the next updates. */
  setCacheBudget(maxBytes: number): void {
    this.stores.setCacheBudget(maxBytes);
  }

  /** Resolves when a call settles or a result is ready. */
  callsChanged(): Promise<void> {
    return this.task.calls.changed();
  }

  /** Has `listener` called when results come; between turns. */
  onResult(listener: () => void): void {
    this.task.calls.onResult = listener;
  }

  /**
   * Waits until nothing is on its way any more: a commit is a barrier for what came before it. What the caches hold back
   * may lead to further calls, and is flushed on the way.
   */
  async finishCalls(): Promise<void> {
    const { calls } = this.task;
    if (!calls.used || !this.commitNeeded) return;
    for (;;) {
      if (calls.ready) this.deliverResults();
      else if (calls.pending > 0) await calls.changed();
      else {
        this.stores.flush();
        if (calls.pending === 0) return;
      }
    }
  }

  /** Flushes the caches: writes stores and changelogs, forwards what they held back. */
  prepareCommit(): void {
    this.stores.flush();
    this.task.report();
    this.task.commitRequested = false;
    this.commitNeeded = false;
    this.committing = true;
  }

  /** What it had written when `prepareCommit` was called is committed, and nothing was written since. */
  committed(): void {
    this.committing = false;
    this.listener?.onCommitted(this);
  }

  get settled(): boolean {
    return !this.commitNeeded && !this.committing;
  }

  get partition(): number {
    return this.id.partition;
  }

  /** Next offset of each partition known so far, with its partition time (T3). */
  positions(): Map<TopicPartition, OffsetAndMetadata> {
    const result = new Map<TopicPartition, OffsetAndMetadata>();
    const operatorTimesMs = this.task.operatorTimesMs();
    for (const queue of this.group.all()) {
      const offset = queue.position;
      if (offset >= 0)
        result.set(queue.tp, { offset, metadata: encodeOffsetMetadata(queue.partitionTimeMs, operatorTimesMs) });
    }
    return result;
  }

  /** The named store, a global one included; null when the task has none of that name. */
  store(name: string): StateStore | null {
    return this.stores.byName.get(name) ?? this.globalStores.get(name) ?? null;
  }

  /** The named store as those outside read and watch it; undefined when the task has none of that name. */
  openStore(name: string): OpenStore | undefined {
    return this.stores.opened.get(name);
  }

  /** All stores of the task, by name, in order of registration. */
  allStores(): ReadonlyMap<string, StateStore> {
    return this.stores.byName;
  }

  /** Forgets buffered records; stores and processors stay. */
  suspend(): void {
    this.group.clear();
    this.task.unprepared = null;
  }

  /** Closes the processors. Leaves the state as it is: its owner commits or discards it. */
  close(): void {
    this.listener?.onStop(this);
    this.measures.close();
    this.task.report();
    this.group.clear();
    this.task.unprepared = null;
    this.task.punctuations.clear();
    try {
      this.graph.close();
    } finally {
      this.task.calls.clear();
    }
  }

  private deliverResults(): void {
    this.commitNeeded = true;
    this.task.calls.deliver();
    this.task.current.detach(-1);
  }

  private readonly punctuate = (
    nodeName: string,
    callback: (timestampMs: number) => void,
    timestampMs: number,
  ): void => {
    this.punctuatedCount++;
    this.task.current.detach(timestampMs);
    try {
      callback(timestampMs);
    } catch (error) {
      this.task.processingFailed(nodeName, error);
    }
  };

  private fire(due: PunctuationQueue, timeMs: number): boolean {
    if (due.nextMs > timeMs) return false;
    const startMs = this.measures.nowMs();
    const before = this.punctuatedCount;
    const fired = due.run(timeMs, this.punctuate);
    this.measures.punctuated(this.punctuatedCount - before, startMs);
    if (fired) this.commitNeeded = true;
    return fired;
  }

  private queueOf(tp: TopicPartition): PartitionQueue {
    const known = this.group.queue(tp);
    if (known !== undefined) return known;
    const source = this.graph.sourceOf(tp.topic);
    if (source === null) {
      throw new StreamsError(
        `Task ${this.taskId} reads no topic ${tp.topic}. Give it partitions of its own source topics only.`,
      );
    }
    const queue = new PartitionQueue(tp, source, this.task);
    this.group.register(queue);
    return queue;
  }
}
