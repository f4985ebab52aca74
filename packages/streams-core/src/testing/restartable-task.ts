import { tp, type OffsetAndMetadata, type TopicPartition } from "@millrace/kafka-client";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { memoryTaskState, RestoredRows, type TaskState } from "@millrace/state-stores";
import { StreamTask } from "../runtime/stream-task.js";
import { defaultTaskConfig } from "../runtime/task-config.js";
import type { PhysicalTopology, Topology } from "../topology/index.js";
import { CapturedTopics } from "./captured-topics.js";
import type { SentRecord } from "./sent-record.js";
import { SingleRecordBatch } from "./single-record-batch.js";
import { SourceTopicSet } from "./source-topic-set.js";

const APPLICATION_ID = "app";

/** How a task comes back: with its stores as they were, or with stores made anew of their changelogs. */
export type Restart = "reopened" | "restored";

export interface RestartableTaskOptions {
  /** Where the stores are. Default: on the heap. */
  readonly state?: TaskState;
  readonly cacheMaxBytes?: number;
}

/** One task for all of a topology, repartition topics included, that can be stopped and started again between two records. */
export class RestartableTask {
  private readonly physical: PhysicalTopology;
  private readonly inputs: readonly TopicPartition[];
  private readonly sources: ReadonlySet<string>;
  private readonly cacheMaxBytes: number;
  private readonly captured = new CapturedTopics();
  private readonly environment: VirtualEnvironment = virtualEnvironment();
  private readonly sent: SentRecord[] = [];
  private readonly nextOffsets = new Map<string, number>();
  private committed: ReadonlyMap<TopicPartition, OffsetAndMetadata> = new Map();
  private state: TaskState;
  private task: StreamTask;

  constructor(topology: Topology, inputs: readonly string[], options: RestartableTaskOptions = {}) {
    this.physical = topology.physical();
    this.sources = new Set([...inputs, ...new SourceTopicSet(this.physical, APPLICATION_ID).names]);
    this.inputs = [...this.sources].map((topic) => tp(topic, 0));
    this.cacheMaxBytes = options.cacheMaxBytes ?? defaultTaskConfig.cacheMaxBytes;
    this.state = options.state ?? memoryTaskState("0_0");
    this.task = this.start();
  }

  /** Whether the topology reads the topic. */
  reads(topic: string): boolean {
    return this.sources.has(topic);
  }

  /** Processes the record and what comes of it; commits after each, unless told not to. */
  pipe(record: SentRecord, commits = true): void {
    this.deliver(record);
    while (this.task.process(1) > 0) {
      if (commits) this.prepareCommit();
      else this.collect();
    }
  }

  /** Flushes the caches, and processes what comes of it. */
  commit(): void {
    this.prepareCommit();
    while (this.task.process(1) > 0) this.prepareCommit();
  }

  /** Commits, and starts again. */
  restart(how: Restart): void {
    this.commit();
    this.restartOn(how === "restored" ? memoryTaskState("0_0") : this.state, how);
  }

  /** Starts again with its stores in `state`: as they were when `commit` had been called, or empty, to be restored. */
  restartOn(state: TaskState, how: Restart): void {
    this.state = state;
    this.task = this.start(how);
  }

  /** What was sent to the topic. */
  output(topic: string): readonly SentRecord[] {
    return this.sent.filter((record) => record.topic === topic);
  }

  private start(how: Restart = "reopened"): StreamTask {
    const { physical, state } = this;
    const task = new StreamTask({
      id: { subtopology: 0, partition: 0 },
      applicationId: APPLICATION_ID,
      topology: physical,
      subtopologies: physical.subtopologies,
      partitions: this.inputs,
      persistentState: state,
      memoryState: state,
      collector: this.captured,
      globalStores: new Map(),
      environment: this.environment,
      config: { ...defaultTaskConfig, cacheMaxBytes: this.cacheMaxBytes },
    });
    if (how === "restored") this.restore(task);
    task.initialize();
    for (const input of this.inputs) task.seed(input, this.committed.get(input) ?? null);
    return task;
  }

  private prepareCommit(): void {
    this.task.prepareCommit();
    this.collect();
    this.committed = this.task.positions();
  }

  private deliver(record: SentRecord): void {
    const offset = this.nextOffsets.get(record.topic) ?? 0;
    this.nextOffsets.set(record.topic, offset + 1);
    this.task.addRecords(new SingleRecordBatch(tp(record.topic, 0), offset, record));
  }

  /** Takes what was sent, and gives back to the task what it reads itself. */
  private collect(): void {
    for (const topic of this.captured.takeSent()) {
      const record = topic.at(topic.publish());
      this.sent.push(record);
      if (this.sources.has(record.topic)) this.deliver(record);
    }
  }

  private restore(task: StreamTask): void {
    for (const changelog of task.changelogs()) {
      this.output(changelog.topic).forEach((record, offset) => {
        const { records } = new SingleRecordBatch(tp(record.topic, 0), offset, record);
        records.next();
        const rows = new RestoredRows();
        changelog.addRow(records, rows);
        if (rows.size > 0) this.state.store(changelog.store).put(rows.keys[0]!, rows.valueAt(0));
      });
    }
  }
}
