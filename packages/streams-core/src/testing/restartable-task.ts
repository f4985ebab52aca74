import { tp, type OffsetAndMetadata, type TopicPartition } from "@millrace/kafka-client";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { memoryTaskState, type TaskState } from "@millrace/state-stores";
import { StreamTask } from "../runtime/stream-task.js";
import { defaultTaskConfig } from "../runtime/task-config.js";
import type { PhysicalTopology, Topology } from "../topology/index.js";
import { CapturedTopics } from "./captured-topics.js";
import type { SentRecord } from "./sent-record.js";
import { SingleRecordBatch } from "./single-record-batch.js";

/** How a task comes back: with its stores as they were, or with stores made anew of their changelogs. */
export type Restart = "reopened" | "restored";

/** One task for all of a topology, committing after each record, that can be stopped and started again between two. */
export class RestartableTask {
  private readonly physical: PhysicalTopology;
  private readonly inputs: readonly TopicPartition[];
  private readonly captured = new CapturedTopics();
  private readonly environment: VirtualEnvironment = virtualEnvironment();
  private readonly sent: SentRecord[] = [];
  private readonly nextOffsets = new Map<string, number>();
  private committed: ReadonlyMap<TopicPartition, OffsetAndMetadata> = new Map();
  private state: TaskState = memoryTaskState("0_0");
  private task: StreamTask;

  constructor(topology: Topology, inputs: readonly string[]) {
    this.physical = topology.physical();
    this.inputs = inputs.map((topic) => tp(topic, 0));
    this.task = this.start();
  }

  pipe(record: SentRecord): void {
    const offset = this.nextOffsets.get(record.topic) ?? 0;
    this.nextOffsets.set(record.topic, offset + 1);
    this.task.addRecords(new SingleRecordBatch(tp(record.topic, 0), offset, record));
    this.task.process(1);
    this.task.prepareCommit();
    for (const topic of this.captured.takeSent()) this.sent.push(topic.at(topic.publish()));
    this.committed = this.task.positions();
  }

  restart(how: Restart): void {
    if (how === "restored") this.state = memoryTaskState("0_0");
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
      applicationId: "app",
      topology: physical,
      subtopologies: physical.subtopologies,
      partitions: this.inputs,
      persistentState: state,
      memoryState: state,
      collector: this.captured,
      globalStores: new Map(),
      environment: this.environment,
      config: defaultTaskConfig,
    });
    if (how === "restored") this.restore(task);
    task.initialize();
    for (const input of this.inputs) task.seed(input, this.committed.get(input) ?? null);
    return task;
  }

  private restore(task: StreamTask): void {
    for (const changelog of task.changelogs()) {
      this.output(changelog.topic).forEach((record, offset) => {
        const { records } = new SingleRecordBatch(tp(record.topic, 0), offset, record);
        records.next();
        const row = changelog.toRow(records);
        if (row !== null) this.state.store(changelog.store).put(row.key, row.value);
      });
    }
  }
}
