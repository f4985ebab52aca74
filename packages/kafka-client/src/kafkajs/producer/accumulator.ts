import { Deferred, type Environment } from "@millrace/kernel";
import { RecordRefusedError } from "../../port/errors.js";
import type { PartitionPicker, ProducerConfig } from "../../port/producer.js";
import type { RawHeaders } from "../../port/records.js";
import { tp } from "../../port/topic-partition.js";
import { BatchBuffers } from "../../protocol/batch-buffers.js";
import { Linger } from "../../writing/linger.js";
import { producerDefaults } from "../../writing/producer-defaults.js";
import { noSuchPartition } from "../../writing/producer-errors.js";
import { FlushWait } from "./flush-wait.js";
import type { OutgoingBatch } from "./outgoing-batch.js";
import { PartitionQueue, type QueueOptions } from "./partition-queue.js";

/** Idle buffers kept for later batches. */
const BUFFERS_KEPT = 16;
/** What a record is taken to occupy beside its key and value while its topic is looked up. */
const UNPLACED_BYTES = 64;

/** A little less than socket.request.max.bytes: beyond that a broker breaks the connection without a word. */
const RECORD_BYTES_MAX = 100_000_000;

/** A record whose topic has not been looked up yet. */
interface UnplacedRecord {
  readonly partition: number | PartitionPicker;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers: RawHeaders | null;
}

/** What is known of a topic that was written to. */
interface TopicQueues {
  readonly name: string;
  partitionCount: number | undefined;
  readonly queues: (PartitionQueue | undefined)[];
  unplaced: UnplacedRecord[];
}

export interface AccumulatorHooks {
  /** There may be something to send. */
  readonly wake: () => void;
  /** Records wait for the partition count of `topic`. */
  readonly lookUp: (topic: string) => void;
}

/** Takes records in, synchronously, into a batch per partition; tells whoever waits what became of them. */
export class Accumulator {
  /** Partitions that have something to send, or wait for an answer. */
  active: PartitionQueue[] = [];
  #bufferedBytes = 0;
  readonly #config: ProducerConfig;
  readonly #environment: Environment;
  readonly #hooks: AccumulatorHooks;
  readonly #batchBytes: number;
  readonly #bufferBytesMax: number;
  readonly #queueOptions: QueueOptions;
  readonly #linger: Linger;
  readonly #topics = new Map<string, TopicQueues>();
  #lastTopic: TopicQueues;
  #unplacedRecords = 0;
  #placed: Deferred<void> | null = null;
  #roomy: Deferred<void> | null = null;
  #failure: Error | null = null;

  constructor(config: ProducerConfig, attributes: number, environment: Environment, hooks: AccumulatorHooks) {
    this.#config = config;
    this.#environment = environment;
    this.#hooks = hooks;
    this.#batchBytes = config.batchBytes ?? producerDefaults.batchBytes;
    this.#bufferBytesMax = config.bufferBytesMax ?? producerDefaults.bufferBytesMax;
    this.#linger = new Linger(environment.scheduler, config.lingerMs ?? 0, () => this.#lingered());
    const buffers = new BatchBuffers(this.#batchBytes, BUFFERS_KEPT);
    this.#queueOptions = { batchBytes: this.#batchBytes, attributes, buffers };
    this.#lastTopic = { name: "", partitionCount: undefined, queues: [], unplaced: [] };
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  // eslint-disable-next-line max-params -- the port's hot path: no object per record
  append(
    topic: string,
    partition: number | PartitionPicker,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RawHeaders | null,
  ): number {
    const topicQueues = topic === this.#lastTopic.name ? this.#lastTopic : this.#topicOf(topic);
    if (typeof partition !== "number" || topicQueues.unplaced.length > 0) {
      return this.#appendPicked(topicQueues, { partition, key, value, timestamp, headers });
    }
    const queue = topicQueues.queues[partition] ?? this.#newQueue(topicQueues, partition);
    return this.#appendTo(queue, key, value, timestamp, headers);
  }

  /** Undefined: not known yet, but asked for. */
  partitionsFor(topic: string): number | undefined {
    const topicQueues = topic === this.#lastTopic.name ? this.#lastTopic : this.#topicOf(topic);
    if (topicQueues.partitionCount === undefined) this.#hooks.lookUp(topic);
    return topicQueues.partitionCount;
  }

  acked(topic: string, partition: number): number | undefined {
    return this.#topics.get(topic)?.queues[partition]?.acked;
  }

  *queues(): Iterable<PartitionQueue> {
    for (const { queues } of this.#topics.values()) for (const queue of queues) if (queue !== undefined) yield queue;
  }

  /** Topics that were written to or asked for. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  /** The partition count has become known, or has changed: places the records that waited for it. */
  found(topic: string, partitionCount: number): void {
    const topicQueues = this.#topicOf(topic);
    topicQueues.partitionCount = partitionCount;
    for (const queue of topicQueues.queues) {
      if (queue === undefined || queue.tp.partition < partitionCount || queue.idle) continue;
      this.giveUp(queue, noSuchPartition(topic, partitionCount, queue.tp.partition));
    }
    const { unplaced } = topicQueues;
    topicQueues.unplaced = [];
    for (const record of unplaced) {
      this.#bufferedBytes -= sizeOf(record);
      try {
        this.#place(topicQueues, record, partitionCount);
      } catch (error) {
        this.#refuse(topic, 1, error as Error);
      }
    }
    this.#unplacedRecords -= unplaced.length;
    this.#tellPlaced();
  }

  /** Gives up what waits for a topic: it does not exist. */
  missing(topic: string, error: Error): void {
    const topicQueues = this.#topicOf(topic);
    topicQueues.partitionCount = undefined;
    for (const queue of topicQueues.queues) if (queue !== undefined) this.giveUp(queue, error);
    const { unplaced } = topicQueues;
    topicQueues.unplaced = [];
    for (const record of unplaced) this.#bufferedBytes -= sizeOf(record);
    if (unplaced.length > 0) this.#refuse(topic, unplaced.length, error);
    this.#unplacedRecords -= unplaced.length;
    this.#tellPlaced();
  }

  /** True when something of the topic is not acknowledged. */
  waitsFor(topic: string): boolean {
    const topicQueues = this.#topics.get(topic);
    if (topicQueues === undefined) return false;
    return topicQueues.unplaced.length > 0 || topicQueues.queues.some((queue) => queue !== undefined && !queue.idle);
  }

  /** Gives up what waits for look-ups. */
  dropUnplaced(error: Error): void {
    for (const { name, unplaced } of this.#topics.values()) if (unplaced.length > 0) this.missing(name, error);
  }

  /** Reports everything of the partition as failed, unless it waits for answers. */
  giveUp(queue: PartitionQueue, error: Error): readonly OutgoingBatch[] {
    if (queue.inFlight > 0) return [];
    const dropped = queue.drop(this.#environment.clock.monotonicMs());
    for (const batch of dropped) this.report(queue, batch, batch.error ?? error);
    return dropped;
  }

  /** The batch is acknowledged (`error` null), or will not be. */
  report(queue: PartitionQueue, batch: OutgoingBatch, error: Error | null): void {
    this.#bufferedBytes -= batch.bytes;
    this.#queueOptions.buffers.give(batch.records.buffer);
    this.#tellRoomy();
    const { onBatch } = this.#config;
    // With a listener the failure is the listener's to judge.
    const untold = onBatch === undefined ? error : null;
    if (batch.flushes.length === 0) this.#failure ??= untold;
    for (const flush of batch.flushes) flush.settled(untold);
    if (onBatch === undefined) return;
    try {
      onBatch(queue.tp, batch.firstSequence, batch.count, error === null ? batch.baseOffset : -1, error);
    } catch (thrown) {
      this.#environment.logger.error("The listener for batch reports threw.", { error: thrown });
    }
  }

  /** Resolves when everything appended before is acknowledged; rejects when some of it, or of what came before, failed. */
  async flush(): Promise<void> {
    while (this.#unplacedRecords > 0) await (this.#placed ??= new Deferred()).promise;
    const wait = new FlushWait();
    const nowMs = this.#environment.clock.monotonicMs();
    for (const queue of this.active) {
      queue.seal(nowMs);
      for (const batches of [queue.sent, queue.waiting]) {
        for (const batch of batches) {
          batch.flushes = [...batch.flushes, wait];
          wait.add();
        }
      }
    }
    this.#hooks.wake();
    await wait.wait();
    this.throwFailure();
  }

  /** Throws, once, what failed since the last flush. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** Forgets what failed: it has been told. */
  forgetFailure(): void {
    this.#failure = null;
  }

  /** Resolves when the buffer is within its bound. */
  async drained(): Promise<void> {
    while (this.#bufferedBytes > this.#bufferBytesMax) {
      for (const queue of this.active) queue.due = true;
      this.#hooks.wake();
      await (this.#roomy ??= new Deferred()).promise;
    }
  }

  /** Takes out of `active` what has nothing to do. */
  rest(): void {
    const { active } = this;
    let kept = 0;
    for (const queue of active) {
      if (queue.idle) queue.active = false;
      else active[kept++] = queue;
    }
    active.length = kept;
  }

  // eslint-disable-next-line max-params -- the hot path: no object per record
  #appendTo(
    queue: PartitionQueue,
    key: Uint8Array | null,
    value: Uint8Array | null,
    timestamp: number,
    headers: RawHeaders | null,
  ): number {
    const { writer } = queue;
    const recordBytes = (key === null ? 0 : key.length) + (value === null ? 0 : value.length);
    // A batch that is larger than it should be may be refused although each of its records would be taken.
    if (writer.bytes + recordBytes > queue.batchBytes) this.#makeRoom(queue, recordBytes);
    const before = writer.bytes;
    const sequence = queue.append(key, value, timestamp, headers);
    const after = writer.bytes;
    this.#bufferedBytes += after - before;
    if (!queue.active) {
      queue.active = true;
      this.active.push(queue);
    }
    if (after >= queue.batchBytes) this.#full(queue);
    else this.#linger.begin();
    return sequence;
  }

  #makeRoom(queue: PartitionQueue, recordBytes: number): void {
    refuseTooLarge(recordBytes);
    if (queue.writer.count > 0) this.#full(queue);
  }

  #full(queue: PartitionQueue): void {
    queue.seal(this.#environment.clock.monotonicMs());
    this.#hooks.wake();
  }

  #appendPicked(topic: TopicQueues, record: UnplacedRecord): number {
    if (topic.partitionCount !== undefined && topic.unplaced.length === 0) {
      return this.#place(topic, record, topic.partitionCount);
    }
    // At once, to whoever sends it: once its picker has been called, it would pass for placed.
    refuseTooLarge(bytesOf(record));
    const waiting = {
      ...record,
      key: copyOf(record.key),
      value: copyOf(record.value),
      headers: copyOfHeaders(record.headers),
    };
    topic.unplaced.push(waiting);
    this.#unplacedRecords++;
    this.#bufferedBytes += sizeOf(waiting);
    this.#hooks.lookUp(topic.name);
    return -1;
  }

  #place(topic: TopicQueues, record: UnplacedRecord, partitionCount: number): number {
    const { partition, key, value, timestamp, headers } = record;
    const chosen = typeof partition === "number" ? partition : partition(partitionCount);
    if (typeof chosen === "number") {
      const queue = topic.queues[chosen] ?? this.#newQueue(topic, chosen);
      return this.#appendTo(queue, key, value, timestamp, headers);
    }
    const queues = chosen.map((each) => topic.queues[each] ?? this.#newQueue(topic, each));
    for (const queue of queues) this.#appendTo(queue, key, value, timestamp, headers);
    return -1;
  }

  #newQueue(topic: TopicQueues, partition: number): PartitionQueue {
    const { partitionCount } = topic;
    if (!(partition >= 0 && partition < (partitionCount ?? Infinity) && Number.isInteger(partition))) {
      throw noSuchPartition(topic.name, partitionCount ?? 0, partition);
    }
    const queue = new PartitionQueue(tp(topic.name, partition), this.#queueOptions);
    topic.queues[partition] = queue;
    return queue;
  }

  #topicOf(name: string): TopicQueues {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = { name, partitionCount: undefined, queues: [], unplaced: [] };
      this.#topics.set(name, topic);
    }
    this.#lastTopic = topic;
    return topic;
  }

  #lingered(): void {
    for (const queue of this.active) queue.due = true;
    this.#hooks.wake();
  }

  #refuse(topic: string, count: number, error: Error): void {
    const { onUnplaced } = this.#config;
    if (onUnplaced === undefined) this.#failure ??= error;
    else onUnplaced(topic, count, error);
  }

  #tellPlaced(): void {
    this.#tellRoomy();
    if (this.#unplacedRecords > 0) return;
    this.#placed?.resolve();
    this.#placed = null;
  }

  #tellRoomy(): void {
    if (this.#roomy === null || this.#bufferedBytes > this.#bufferBytesMax) return;
    this.#roomy.resolve();
    this.#roomy = null;
  }
}

const bytesOf = ({ key, value }: UnplacedRecord): number => (key?.length ?? 0) + (value?.length ?? 0);

const sizeOf = (record: UnplacedRecord): number => UNPLACED_BYTES + bytesOf(record);

function refuseTooLarge(recordBytes: number): void {
  if (recordBytes <= RECORD_BYTES_MAX) return;
  throw new RecordRefusedError(
    `A record of ${recordBytes} bytes is larger than a broker takes in one request (${RECORD_BYTES_MAX}). Make it smaller.`,
  );
}

const copyOf = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : Buffer.from(bytes));

const copyOfHeaders = (headers: RawHeaders | null): RawHeaders | null =>
  headers === null ? null : headers.map(({ key, value }) => ({ key, value: copyOf(value) }));
