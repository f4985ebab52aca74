import type { PartitionPicker } from "@millrace/kafka-client";
import type { Counter } from "@millrace/kernel";
import {
  StreamsError,
  unpreparedError,
  type Serde,
  type StreamPartitioner,
  type StreamRecord,
  type TopicNameExtractor,
} from "../model/index.js";
import { hasToOpen, murmur2, ReusedMemory, serdes, serializeTo } from "../serde/index.js";
import type { SinkNode } from "../topology/nodes.js";
import { HeldRecords } from "./held-records.js";
import type { NodeTarget } from "./node-target.js";
import type { RecordCollector } from "./record-collector.js";
import type { TaskEnvironment } from "./task-environment.js";
import { TaskOutgoingRecord } from "./task-outgoing-record.js";

/** What metrics have in place of a topic's name where each record has its own. */
const CHOSEN_BY_RECORD = "*";
/** Records without a key that go to one partition before the next takes over: batches stay full. */
const STICKY_RECORDS = 256;

/** The collector copies key and value before the next record is written. */
const keyMemory = new ReusedMemory();
const valueMemory = new ReusedMemory();

/** Where records leave a running graph. */
export class NodeSink implements NodeTarget {
  readonly name: string;
  private readonly topic: string | TopicNameExtractor;
  private readonly key: Serde<unknown>;
  private readonly value: Serde<unknown>;
  private readonly isText: boolean;
  private readonly partitioner: StreamPartitioner | null;
  private readonly collector: RecordCollector;
  private readonly task: TaskEnvironment;
  private readonly outgoing: TaskOutgoingRecord;
  private readonly recordsCounter: Counter;
  private readonly bytesCounter: Counter;
  /** Null where it is known from the start which topic is written. */
  private readonly held: HeldRecords | null;
  private records = 0;
  private bytes = 0;
  private keylessCount = 0;

  constructor(node: SinkNode, realName: (topic: string) => string, collector: RecordCollector, task: TaskEnvironment) {
    this.name = node.name;
    this.topic = typeof node.topic === "string" ? realName(node.topic) : node.topic;
    this.key = node.key;
    this.value = node.value;
    this.isText = node.key === serdes.string && node.value === serdes.string;
    this.partitioner = node.partitioner;
    this.collector = collector;
    this.task = task;
    this.outgoing = new TaskOutgoingRecord("", 0, node.name);
    const { metrics } = task.environment;
    const tags = { task: task.taskId, topic: typeof this.topic === "string" ? this.topic : CHOSEN_BY_RECORD };
    this.recordsCounter = metrics.counter("stream-topic", "records-produced-total", tags);
    this.bytesCounter = metrics.counter("stream-topic", "bytes-produced-total", tags);
    task.counting.push(this);
    const mayWait = typeof this.topic !== "string" && (hasToOpen(this.key) || hasToOpen(this.value));
    this.held = mayWait ? new HeldRecords(task, (record) => this.process(record)) : null;
  }

  process(record: StreamRecord<unknown, unknown>): void {
    if (this.held?.waiting === true) {
      this.held.add(record);
      return;
    }
    const topic = typeof this.topic === "string" ? this.topic : this.extractTopic(this.topic, record);
    if (!this.serialize(topic, record)) return;
    const { outgoing } = this;
    this.records++;
    this.bytes += (outgoing.key?.length ?? 0) + (outgoing.value?.length ?? 0);
    outgoing.topic = topic;
    outgoing.timestamp = record.timestamp;
    outgoing.headers = record.headers;
    if (this.partitioner === null) {
      outgoing.partition = this.defaultPartition(topic, outgoing.key);
      this.collector.send(outgoing);
      return;
    }
    this.sendPartitioned(this.partitioner, topic, record);
  }

  /** Puts key and value into the outgoing record; false: it does not go now, or not at all. */
  private serialize(topic: string, record: StreamRecord<unknown, unknown>): boolean {
    const { outgoing } = this;
    const { key, value, headers } = record;
    let failed: "serialize-key" | "serialize-value" = "serialize-key";
    try {
      outgoing.key = key === null ? null : serializeTo(this.key, topic, key, keyMemory, headers);
      failed = "serialize-value";
      if (value === null) outgoing.value = null;
      // As it is where a stream is grouped by its own values.
      else if (this.isText && value === key) outgoing.value = outgoing.key;
      else outgoing.value = serializeTo(this.value, topic, value, valueMemory, headers);
      return true;
    } catch (error) {
      const unprepared = this.held === null ? null : unpreparedError(error);
      if (unprepared === null) {
        this.task.productionFailed({ topic, partition: -1, nodeName: this.name, failed }, error);
      } else this.held!.wait(record, unprepared);
      return false;
    }
  }

  report(): void {
    this.recordsCounter.add(this.records);
    this.bytesCounter.add(this.bytes);
    this.records = 0;
    this.bytes = 0;
  }

  /** T10: murmur2 of the key's bytes; without a key, one partition for a while, then the next. */
  private defaultPartition(topic: string, key: Uint8Array | null): number | PartitionPicker {
    const count = this.collector.partitionsFor(topic);
    if (count === 1) return 0;
    const choice = key === null ? Math.floor(this.keylessCount++ / STICKY_RECORDS) : murmur2(key) & 0x7fffffff;
    if (count !== undefined) return choice % count;
    return (partitionCount) => choice % partitionCount;
  }

  private sendPartitioned(partitioner: StreamPartitioner, topic: string, record: StreamRecord<unknown, unknown>): void {
    const { outgoing } = this;
    const count = this.collector.partitionsFor(topic);
    if (count === undefined) {
      const fallback = this.defaultPartition(topic, outgoing.key);
      outgoing.partition = (partitionCount) => {
        const chosen = partitioner(topic, record.key, record.value, partitionCount) ?? fallback;
        return typeof chosen === "function" ? chosen(partitionCount) : this.noted(chosen);
      };
      this.collector.send(outgoing);
      return;
    }
    const chosen = partitioner(topic, record.key, record.value, count);
    if (typeof chosen !== "object") {
      outgoing.partition = chosen ?? this.defaultPartition(topic, outgoing.key);
      this.collector.send(outgoing);
      return;
    }
    for (const partition of this.noted(chosen)) {
      outgoing.partition = partition;
      this.collector.send(outgoing);
    }
  }

  /** A record that goes nowhere is counted. */
  private noted<C extends number | readonly number[]>(chosen: C): C {
    if (typeof chosen === "object" && chosen.length === 0) {
      this.task.dropRecord(this.name, "the partitioner chose no partition");
    }
    return chosen;
  }

  private extractTopic(extractor: TopicNameExtractor, record: StreamRecord<unknown, unknown>): string {
    const topic = extractor(record.key, record.value, this.task.current);
    if (typeof topic === "string" && topic !== "") return topic;
    throw new StreamsError(
      `Sink ${this.name}: the topic extractor gave ${String(topic)}, it must give the name of a topic.`,
    );
  }
}
