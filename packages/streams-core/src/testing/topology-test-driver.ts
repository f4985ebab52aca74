import { tp, type TopicPartition } from "@millrace/kafka-client";
import { silentLogger, type Environment, type Metrics } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { memoryTaskState } from "@millrace/state-stores";
import {
  InvalidArgumentError,
  logAndContinue,
  noHeaders,
  type KeyValueStore,
  type SessionStore,
  type StateStore,
  type TimestampedKeyValueStore,
  type TimestampedWindowStore,
  type UnpreparedError,
  type VersionedKeyValueStore,
  type WindowStore,
} from "../model/index.js";
import { errorPolicy } from "../runtime/error-policy.js";
import { GlobalStateTask } from "../runtime/global-state-task.js";
import { StreamTask } from "../runtime/stream-task.js";
import { defaultTaskConfig, type TaskConfig } from "../runtime/task-config.js";
import { TopologySerdes } from "../runtime/topology-serdes.js";
import {
  PlainWindowStore,
  SessionTable,
  TimestampedTableStore,
  TimestampedWindowTable,
  VersionedStore,
} from "../stores/index.js";
import { refuseOwnInternalTopics, type PhysicalTopology, type Topology } from "../topology/index.js";
import { CapturedTopics } from "./captured-topics.js";
import type { TopologyTestDriverOptions } from "./driver-options.js";
import { KeyValueView } from "./key-value-view.js";
import type { SentRecord } from "./sent-record.js";
import { SingleRecordBatch } from "./single-record-batch.js";
import { TestInputTopic, type InputTopicOptions } from "./test-input-topic.js";
import { TestOutputTopic, type OutputTopicOptions } from "./test-output-topic.js";
import { SourceTopicSet } from "./source-topic-set.js";
import type { PipeOptions } from "./test-record.js";
import { WindowView } from "./window-view.js";

/** Every topic has one partition here. */
const PARTITION = 0;

/**
 * Runs a topology record by record, without a broker and without waiting: the task code of the app, in one task for all
 * sub-topologies, with repartition topics looped back and a commit after each record (R26). State is in memory, the wall
 * clock moves by `advanceWallClockTime` only.
 *
 * @example
 * using driver = new TopologyTestDriver(builder.build());
 * const lines = driver.createInputTopic("lines", { key: serdes.string, value: serdes.string });
 * const counts = driver.createOutputTopic("counts", { key: serdes.string, value: serdes.long });
 * lines.pipeInput("a", "hello hello");
 * counts.readAllKeyValues(); // [{ key: "hello", value: 1 }, { key: "hello", value: 2 }]
 */
export class TopologyTestDriver {
  private readonly environment: VirtualEnvironment;
  private readonly task: StreamTask | null;
  private readonly globalTask: GlobalStateTask;
  private readonly serdes: TopologySerdes;
  private readonly captured = new CapturedTopics();
  private readonly sources: SourceTopicSet;
  private readonly globalTopics: ReadonlySet<string>;
  private readonly nextOffsets = new Map<TopicPartition, number>();
  private closed = false;

  /** Throws TopologyError for a topology that reads or writes an internal topic of its own application. */
  constructor(topology: Topology, options: TopologyTestDriverOptions = {}) {
    const { applicationId = "test", initialWallClockMs = 0, logger = silentLogger } = options;
    const physical = topology.physical();
    refuseOwnInternalTopics(physical, applicationId);
    this.environment = virtualEnvironment({ startMs: initialWallClockMs });
    const environment: Environment = { ...this.environment, logger };
    const config = configOf(options);
    this.globalTask = new GlobalStateTask({
      applicationId,
      topology: physical,
      state: memoryTaskState("global"),
      environment,
      // As in the driver of Kafka Streams: a test of poison records needs no other driver for its global stores.
      config: { ...config, errors: { ...config.errors, deserialization: logAndContinue } },
    });
    this.serdes = new TopologySerdes(physical, applicationId);
    this.globalTopics = new Set(this.globalTask.topics);
    this.sources = new SourceTopicSet(physical, applicationId);
    this.globalTask.initialize();
    this.task =
      physical.subtopologies.length === 0 ? null : this.makeTask(physical, applicationId, environment, config);
    this.task?.initialize();
  }

  /** A writer for a source topic. */
  createInputTopic<K, V>(topic: string, options: InputTopicOptions<K, V>): TestInputTopic<K, V> {
    const startTimestampMs = options.startTimestampMs ?? this.environment.clock.nowMs();
    return new TestInputTopic<K, V>(topic, { ...options, startTimestampMs }, (record) => this.pipe(record));
  }

  /** A reader for a topic the topology writes. */
  createOutputTopic<K, V>(topic: string, options: OutputTopicOptions<K, V>): TestOutputTopic<K, V> {
    return new TestOutputTopic<K, V>(this.captured.topic(topic), options);
  }

  /** Pipes a record as bytes, readable or not. Without a timestamp it gets the wall clock's. */
  pipeRaw(topic: string, key: Uint8Array | null, value: Uint8Array | null, options: PipeOptions = {}): void {
    const { timestamp = this.environment.clock.nowMs(), headers = noHeaders } = options;
    this.pipe({ topic, key, value, timestamp, headers });
  }

  /** Moves the wall clock; punctuators that are due fire once each (P1). */
  advanceWallClockTime(ms: number): void {
    this.requireOpen();
    if (!(ms >= 0)) throw new InvalidArgumentError(`The wall clock cannot be advanced by ${ms} ms. Give 0 or more.`);
    const { clock } = this.environment;
    clock.moveTo(clock.monotonicMs() + ms);
    if (this.task === null) return;
    this.task.punctuateWallClock(clock.nowMs());
    this.task.prepareCommit();
    this.run(this.task);
  }

  /** Opens the topology's serdes, as an app does before its first record: those that ask a registry elsewhere need it. */
  openSerdes(): Promise<void> {
    return this.serdes.open();
  }

  /**
   * Waits for asynchronous operators, and for serdes that have to learn before they read a record: resolves when nothing goes
   * on any more unless the clock moves. Time does not pass meanwhile: for time limits and further tries, advance the wall
   * clock before. Rejects with what `pipeInput` would throw, and with what serdes cannot learn.
   */
  async idle(): Promise<void> {
    const { task } = this;
    while (this.unprepared !== null && !this.closed) await this.prepare();
    while (task !== null && !this.closed) {
      await this.environment.scheduler.advanceBy(0);
      this.run(task);
      if (task.resultsReady) continue;
      if (task.runningCalls === 0) return;
      await task.callsChanged();
    }
  }

  /** What the wall clock shows, milliseconds since the epoch. */
  get wallClockMs(): number {
    return this.environment.clock.nowMs();
  }

  /** Greatest timestamp the task has taken; -1 at first. */
  get streamTimeMs(): number {
    return this.task?.streamTimeMs ?? -1;
  }

  /** The named store, of whatever kind, a global one included; null when there is none. */
  getStateStore(name: string): StateStore | null {
    return this.task?.store(name) ?? this.globalTask.stores.get(name) ?? null;
  }

  /** The named key-value store; a timestamped one is shown without its timestamps. Null when there is none. */
  getKeyValueStore<K, V>(name: string): KeyValueStore<K, V> | null {
    const store = this.getStateStore(name);
    if (store === null) return null;
    return isTimestamped<K, V>(store) ? new KeyValueView<K, V>(store) : (store as KeyValueStore<K, V>);
  }

  /** The named store of rows with timestamps. Null when there is none of that name and kind. */
  getTimestampedKeyValueStore<K, V>(name: string): TimestampedKeyValueStore<K, V> | null {
    const store = this.getStateStore(name);
    return store !== null && isTimestamped<K, V>(store) ? store : null;
  }

  /** The named window store; a timestamped one is shown without its timestamps. Null when there is none. */
  getWindowStore<K, V>(name: string): WindowStore<K, V> | null {
    const store = this.getStateStore(name);
    if (store instanceof TimestampedWindowTable) return new WindowView<K, V>(store as TimestampedWindowTable<K, V>);
    return store instanceof PlainWindowStore ? (store as PlainWindowStore<K, V>) : null;
  }

  /** The named window store of rows with timestamps. Null when there is none of that name and kind. */
  getTimestampedWindowStore<K, V>(name: string): TimestampedWindowStore<K, V> | null {
    const store = this.getStateStore(name);
    return store instanceof TimestampedWindowTable ? (store as TimestampedWindowTable<K, V>) : null;
  }

  /** The named session store. Null when there is none of that name and kind. */
  getSessionStore<K, V>(name: string): SessionStore<K, V> | null {
    const store = this.getStateStore(name);
    return store instanceof SessionTable ? (store as SessionTable<K, V>) : null;
  }

  /** The named store of rows with their history. Null when there is none of that name and kind. */
  getVersionedStore<K, V>(name: string): VersionedKeyValueStore<K, V> | null {
    const store = this.getStateStore(name);
    return store instanceof VersionedStore ? (store as VersionedStore<K, V>) : null;
  }

  /** All stores by name, global ones included. */
  allStateStores(): ReadonlyMap<string, StateStore> {
    return new Map([...(this.task?.allStores() ?? []), ...this.globalTask.stores]);
  }

  /** Real names of all topics written so far, repartition and changelog topics included. */
  producedTopicNames(): ReadonlySet<string> {
    return this.captured.names();
  }

  /** Everything written to a topic so far, as bytes; internal topics have the application's id in front. */
  rawRecords(topic: string): readonly SentRecord[] {
    const captured = this.captured.topic(topic);
    return Array.from({ length: captured.size }, (_, index) => captured.at(index));
  }

  /** Records dropped by operators, handlers and extractors (T7), those of global stores included. */
  get droppedRecords(): number {
    return (this.task?.droppedRecords ?? 0) + this.globalTask.droppedRecords;
  }

  /** What the engine counts. */
  get metrics(): Metrics {
    return this.environment.metrics;
  }

  /** Closes the processors. Further input is refused; a second call does nothing. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.task?.close();
    this.globalTask.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  private makeTask(
    topology: PhysicalTopology,
    applicationId: string,
    environment: Environment,
    config: TaskConfig,
  ): StreamTask {
    return new StreamTask({
      id: { subtopology: 0, partition: PARTITION },
      applicationId,
      topology,
      subtopologies: topology.subtopologies,
      partitions: [...this.sources.names].map((topic) => tp(topic, PARTITION)),
      persistentState: memoryTaskState("0_0"),
      memoryState: memoryTaskState("0_0"),
      collector: this.captured,
      globalStores: this.globalTask.stores,
      environment,
      config,
    });
  }

  private pipe(record: SentRecord): void {
    this.requireOpen();
    const { topic, timestamp } = record;
    if (timestamp < 0)
      throw new InvalidArgumentError(`A record for ${topic} has timestamp ${timestamp}. Give 0 or more.`);
    const forTask = this.sources.has(topic);
    if (!forTask && !this.globalTopics.has(topic)) {
      const known = [...this.sources.names, ...this.globalTopics].join(", ");
      throw new InvalidArgumentError(`The topology does not read topic ${topic}. Pipe to one it reads: ${known}.`);
    }
    this.deliver(record, forTask);
    if (this.task !== null) this.run(this.task);
  }

  /** Processes all there is, one record and one commit at a time. */
  private run(task: StreamTask): void {
    this.drain();
    // Results of asynchronous operators come without a record being taken.
    while (task.process(1) > 0 || (task.isAsynchronous && task.commitNeeded)) {
      task.prepareCommit();
      this.drain();
    }
    // Waiting is not possible here: the error says what to do.
    if (this.unprepared !== null) throw this.unprepared;
  }

  /** Why records wait: a serde has to learn before. */
  private get unprepared(): UnpreparedError | null {
    return this.globalTask.unprepared ?? this.task?.unprepared ?? null;
  }

  private async prepare(): Promise<void> {
    await this.unprepared?.prepareSerde();
    if (this.globalTask.unprepared !== null) this.globalTask.processRest();
    else this.task?.readUnprepared();
    try {
      if (this.task !== null) this.run(this.task);
    } catch (error) {
      if (error !== this.unprepared) throw error;
    }
  }

  /** Captures what the task sent, and gives back to it what it reads itself. */
  private drain(): void {
    for (let sent = this.captured.takeSent(); sent.length > 0; sent = this.captured.takeSent()) {
      for (const topic of sent) {
        const index = topic.publish();
        const forTask = this.sources.has(topic.name);
        if (forTask || this.globalTopics.has(topic.name)) this.deliver(topic.at(index), forTask);
      }
    }
  }

  private deliver(record: SentRecord, forTask: boolean): void {
    const partition = tp(record.topic, PARTITION);
    const offset = this.nextOffsets.get(partition) ?? 0;
    this.nextOffsets.set(partition, offset + 1);
    const batch = new SingleRecordBatch(partition, offset, record);
    if (forTask) this.task!.addRecords(batch);
    else this.globalTask.process(batch);
  }

  private requireOpen(): void {
    if (this.closed) throw new InvalidArgumentError("The driver is closed. Make a new one.");
  }
}

function configOf({ errors, cacheMaxBytes, timestampExtractor }: TopologyTestDriverOptions): TaskConfig {
  return {
    ...defaultTaskConfig,
    errors: errorPolicy(errors),
    cacheMaxBytes: cacheMaxBytes ?? defaultTaskConfig.cacheMaxBytes,
    timestampExtractor: timestampExtractor ?? defaultTaskConfig.timestampExtractor,
  };
}

function isTimestamped<K, V>(store: StateStore): store is TimestampedKeyValueStore<K, V> {
  return store instanceof TimestampedTableStore;
}
