import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, OffsetAndMetadata, OffsetReset } from "../port/consumer.js";
import { MemberLostError, RebalanceInProgressError } from "../port/errors.js";
import type { FetchedPartition, RawRecord } from "../port/records.js";
import { tp, type OffsetMap, type TopicPartition } from "../port/topic-partition.js";
import { stickyAssignor } from "./sticky-assignor.js";

/** A header as a consumer hands it out. */
export interface IncomingHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** A record as a consumer hands it out. Its bytes are its own: keep them as long as you like. */
export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly IncomingHeader[];
}

/** How a {@link Consumer} reads. */
export interface ConsumerOptions extends Omit<Partial<GroupConsumerConfig>, "offsetReset"> {
  readonly groupId: string;
  readonly topics: readonly string[] | RegExp;
  /** Where to start without a committed offset. Default "earliest". */
  readonly from?: OffsetReset;
  /**
   * Commit what is done: now and then, when partitions move, and on close. A record is done when the loop asks for the
   * next one, so a record whose processing threw comes again. Default true.
   */
  readonly autoCommit?: boolean;
  /** Default 5000. */
  readonly autoCommitIntervalMs?: number;
  /** Where time comes from. Default: the system. */
  readonly environment?: Environment;
}

const POLL_MS = 1_000;
const AUTO_COMMIT_INTERVAL_MS = 5_000;

/** Reads topics as a member of a group: `for await (const record of consumer)`. */
export class Consumer implements AsyncIterable<IncomingRecord> {
  readonly #consumer: GroupConsumer;
  readonly #environment: Environment;
  readonly #autoCommit: boolean;
  readonly #commitIntervalMs: number;
  /** Next offset after the last record that is done, where that is not committed yet. */
  readonly #done = new Map<TopicPartition, number>();
  /** Partitions whose fetched rest must not be handed out any more. */
  readonly #sought = new Set<TopicPartition>();
  #committedAtMs: number;
  #closed: Promise<void> | null = null;

  /** Errors of the cluster come out of the loop. */
  constructor(client: KafkaClient, options: ConsumerOptions) {
    const { topics, from, autoCommit, autoCommitIntervalMs, environment, ...config } = options;
    this.#environment = environment ?? systemEnvironment();
    this.#autoCommit = autoCommit ?? true;
    this.#commitIntervalMs = autoCommitIntervalMs ?? AUTO_COMMIT_INTERVAL_MS;
    this.#committedAtMs = this.#environment.clock.monotonicMs();
    this.#consumer = client.groupConsumer({
      isolation: "read_committed",
      ...config,
      offsetReset: { fallback: from ?? "earliest" },
    });
    this.#consumer.subscribe(topics, stickyAssignor, {
      onRevoked: (partitions) => this.#giveUp(partitions),
      onAssigned: () => Promise.resolve(),
      onLost: (partitions) => {
        for (const partition of partitions) this.#done.delete(partition);
        return Promise.resolve();
      },
    });
  }

  /**
   * Records, each partition's in order, until the consumer is closed. Leaving the loop does not close the consumer: the
   * next loop begins with the record that was not done.
   */
  async *[Symbol.asyncIterator](): AsyncIterator<IncomingRecord> {
    while (this.#closed === null) {
      await this.#commitNowAndThen();
      this.#sought.clear();
      const waiting = [...(await this.#consumer.poll(POLL_MS))];
      try {
        for (let fetched = waiting[0]; fetched !== undefined; fetched = waiting[0]) {
          yield* this.#records(fetched);
          waiting.shift();
        }
      } finally {
        this.#handBack(waiting);
      }
    }
  }

  /** Commits `offsets` (next offset per partition), or all that is done. */
  async commit(offsets?: OffsetMap): Promise<void> {
    const committed = new Map<TopicPartition, OffsetAndMetadata>();
    for (const [partition, offset] of offsets ?? this.#done) committed.set(partition, { offset });
    if (committed.size === 0) return;
    await this.#consumer.commit(committed);
    for (const [partition, { offset }] of committed) {
      if (this.#done.get(partition) === offset) this.#done.delete(partition);
    }
  }

  /** Goes on at `offset`; what was fetched of the partition before is not handed out any more. */
  seek(topic: string, partition: number, offset: number): void {
    const key = tp(topic, partition);
    this.#consumer.seek(key, offset);
    this.#sought.add(key);
    this.#done.delete(key);
  }

  pause(partitions: readonly TopicPartition[] = this.assignment()): void {
    this.#consumer.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[] = this.assignment()): void {
    this.#consumer.resume(partitions);
  }

  assignment(): readonly TopicPartition[] {
    return this.#consumer.assignment();
  }

  /** Ends the loop, commits what is done (with `autoCommit`), leaves the group. */
  close(): Promise<void> {
    return (this.#closed ??= this.#consumer.close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  *#records(fetched: FetchedPartition): Iterable<IncomingRecord> {
    const cursor = fetched.records;
    while (this.#mayHandOut(fetched.tp) && cursor.next()) {
      yield ownRecord(fetched.tp, cursor.record());
      if (this.#mayHandOut(fetched.tp)) this.#done.set(fetched.tp, cursor.offset + 1);
    }
    if (this.#mayHandOut(fetched.tp)) this.#done.set(fetched.tp, fetched.nextOffset);
  }

  #mayHandOut(partition: TopicPartition): boolean {
    return this.#closed === null && !this.#sought.has(partition);
  }

  /** The loop was left: what it did not get to comes again. */
  #handBack(waiting: readonly FetchedPartition[]): void {
    if (this.#closed !== null) return;
    for (const [index, { tp: partition, records }] of waiting.entries()) {
      if (this.#sought.has(partition) || !this.assignment().includes(partition)) continue;
      // The first one stands on the record handed out last, the others before their first.
      if (index === 0 || records.next()) this.#consumer.seek(partition, records.offset);
    }
  }

  async #commitNowAndThen(): Promise<void> {
    const nowMs = this.#environment.clock.monotonicMs();
    if (!this.#autoCommit || nowMs - this.#committedAtMs < this.#commitIntervalMs) return;
    this.#committedAtMs = nowMs;
    try {
      await this.commit();
    } catch (error) {
      // The next poll tells what became of the partitions; what is still owned is committed later.
      if (!(error instanceof RebalanceInProgressError || error instanceof MemberLostError)) throw error;
    }
  }

  async #giveUp(partitions: readonly TopicPartition[]): Promise<void> {
    if (this.#autoCommit) {
      const done = [...this.#done].filter(([partition]) => partitions.includes(partition));
      await this.commit(new Map(done));
    }
    for (const partition of partitions) this.#done.delete(partition);
  }
}

function ownRecord(partition: TopicPartition, record: RawRecord): IncomingRecord {
  const { offset, timestamp, key, value, headers } = record;
  return {
    topic: partition.topic,
    partition: partition.partition,
    offset,
    timestamp,
    key: ownBytes(key),
    value: ownBytes(value),
    headers: (headers ?? []).map((header) => ({ key: header.key, value: ownBytes(header.value) })),
  };
}

function ownBytes(view: Uint8Array | null): Buffer | null {
  return view === null ? null : Buffer.from(view);
}
