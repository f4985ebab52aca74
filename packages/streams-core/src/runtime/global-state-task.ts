import type { FetchedPartition, TopicPartition } from "@millrace/kafka-client";
import type { Environment } from "@millrace/kernel";
import type { TaskState } from "@millrace/state-stores";
import {
  failOnError,
  StreamsError,
  unpreparedError,
  type StateStore,
  type StreamRecord,
  type UnpreparedError,
} from "../model/index.js";
import { openStore, RecordCache, type OpenStore } from "../stores/index.js";
import { realTopicName, type PhysicalTopology } from "../topology/nodes.js";
import { NodeGraph } from "./node-graph.js";
import { PartitionQueue } from "./partition-queue.js";
import type { RecordCollector } from "./record-collector.js";
import type { TaskConfig } from "./task-config.js";
import { TaskEnvironment } from "./task-environment.js";

/** What the global stores of an instance are made of. */
export interface GlobalStateTaskOptions {
  readonly applicationId: string;
  readonly topology: PhysicalTopology;
  readonly state: TaskState;
  readonly environment: Environment;
  readonly config: TaskConfig;
}

const noOutput: RecordCollector = {
  send({ origin }) {
    throw new StreamsError(
      `${origin} belongs to a global store and cannot send records: a global processor only keeps its store.`,
    );
  },
  partitionsFor: () => undefined,
};

/** Keeps the global stores: each record of their topics goes through the processor the store was added with. */
export class GlobalStateTask {
  /** By name. */
  readonly stores: ReadonlyMap<string, StateStore>;
  /** Real names of the topics to read, all partitions of them. */
  readonly topics: readonly string[];
  private readonly task: TaskEnvironment;
  private readonly graph: NodeGraph;
  private readonly open: readonly OpenStore[];
  private readonly queues = new Map<TopicPartition, PartitionQueue>();
  /** Whose record taken last is to be processed again. */
  private unfinished: PartitionQueue | null = null;

  constructor({ applicationId, topology, state, environment, config }: GlobalStateTaskOptions) {
    // Kafka Streams asks no handler about a global processor that throws, unless it is told to (KIP-1270).
    const processing = config.errors.processingOfGlobalStores ? config.errors.processing : failOnError;
    this.task = new TaskEnvironment({
      ...{ applicationId, taskId: "global", environment, collector: null },
      config: { ...config, errors: { ...config.errors, processing } },
    });
    const plans = topology.globalStores;
    const cache = new RecordCache(0);
    this.open = plans.map(({ builder, source }) =>
      openStore(
        { ...builder, caching: false },
        {
          rows: state.store(builder.name),
          topic: source.topics[0] ?? builder.name,
          changelog: null,
          cache,
          current: this.task.current,
          persistent: builder.engine !== "memory" && state.engine === "leveldb",
        },
      ),
    );
    this.stores = new Map(this.open.map(({ store }) => [store.name, store]));
    const realName = (topic: string): string => realTopicName(topology, applicationId, topic);
    this.topics = plans.flatMap(({ source }) => source.topics.map(realName));
    this.graph = new NodeGraph({
      nodes: plans.flatMap(({ source, processor }) => [source, processor]),
      task: this.task,
      stores: this.stores,
      globalStores: new Map(),
      collector: noOutput,
      realName,
    });
  }

  /** As `StreamTask.openStore`. */
  openStore(name: string): OpenStore | undefined {
    return this.open.find(({ store }) => store.name === name);
  }

  /** Calls `init` of the processors. */
  initialize(): void {
    this.graph.init();
  }

  /** Records that could not be used. */
  get droppedRecords(): number {
    return this.task.droppedRecords;
  }

  /** Why the rest of a batch waits: a record's serde has to be prepared before `processRest`; null otherwise. */
  get unprepared(): UnpreparedError | null {
    return this.task.unprepared;
  }

  /** Runs a whole batch through its processor, or what comes before a record that waits; gives the number of records. */
  process(batch: FetchedPartition): number {
    const queue = this.queueOf(batch.tp);
    queue.add(batch);
    return this.drain(queue);
  }

  /** Goes on with the records that waited. */
  processRest(): number {
    this.task.unprepared = null;
    let count = 0;
    for (const queue of this.queues.values()) {
      if (queue.unprepared) queue.readUnprepared();
      count += this.drain(queue);
    }
    return count;
  }

  private drain(queue: PartitionQueue): number {
    const { current } = this.task;
    let count = 0;
    while (this.task.unprepared === null && (queue === this.unfinished || queue.ready)) {
      if (queue !== this.unfinished) queue.take();
      this.unfinished = null;
      const record = queue.taken;
      if (record === null) continue;
      current.topic = queue.tp.topic;
      current.partition = queue.tp.partition;
      current.offset = queue.takenOffset;
      current.timestamp = record.timestamp;
      current.headers = record.headers;
      current.source = queue;
      if (this.isDone(queue, record)) count++;
    }
    current.detach(-1);
    return count;
  }

  /** False for a record that met a row that cannot be read yet: it keeps its store only, and so may be processed again. */
  private isDone(queue: PartitionQueue, record: StreamRecord<unknown, unknown>): boolean {
    try {
      queue.source.process(record);
      return true;
    } catch (error) {
      const unprepared = unpreparedError(error);
      if (unprepared === null) throw error;
      this.task.unprepared = unprepared;
      this.unfinished = queue;
      return false;
    }
  }

  close(): void {
    this.graph.close();
  }

  private queueOf(tp: TopicPartition): PartitionQueue {
    const known = this.queues.get(tp);
    if (known !== undefined) return known;
    const source = this.graph.sourceOf(tp.topic);
    if (source === null)
      throw new StreamsError(`No global store reads topic ${tp.topic}. Give it batches of its own topics only.`);
    const queue = new PartitionQueue(tp, source, this.task);
    this.queues.set(tp, queue);
    return queue;
  }
}
