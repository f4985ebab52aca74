import { systemEnvironment, type Environment } from "@millrace/kernel";
import type { KafkaClient } from "../port/client.js";
import type { GroupConsumer, GroupConsumerConfig, OffsetAndMetadata, OffsetReset } from "../port/consumer.js";
import { MemberLostError, RebalanceInProgressError } from "../port/errors.js";
import type { FetchedPartition } from "../port/records.js";
import { tp, type OffsetMap, type TopicPartition } from "../port/topic-partition.js";
import { ownRecord, type IncomingRecord } from "./incoming-record.js";
import { stickyAssignor } from "./sticky-assignor.js";

/** Partitions came to this member, or went from it. */
export interface PartitionsMoved {
  /** "revoked": given up in order. "lost": the group has gone on without this member, others may have them already. */
  readonly kind: "assigned" | "revoked" | "lost";
  readonly partitions: readonly TopicPartition[];
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
  /**
   * Is told of partitions that come, before their first record, and that go, when what is done is committed. Awaited: the
   * group waits meanwhile.
   */
  readonly onPartitionsMoved?: (moved: PartitionsMoved) => void | Promise<void>;
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
  readonly #onPartitionsMoved: ConsumerOptions["onPartitionsMoved"];
  /** Next offset after the last record that is done, where that is not committed yet. */
  readonly #done = new Map<TopicPartition, number>();
  /** Partitions whose fetched rest must not be handed out any more. */
  readonly #sought = new Set<TopicPartition>();
  #committedAtMs: number;
  #closed: Promise<void> | null = null;

  /** Errors of the cluster come out of the loop. */
  constructor(client: KafkaClient, options: ConsumerOptions) {
    const { topics, from, autoCommit, autoCommitIntervalMs, onPartitionsMoved, environment, ...config } = options;
    this.#environment = environment ?? systemEnvironment();
    this.#autoCommit = autoCommit ?? true;
    this.#commitIntervalMs = autoCommitIntervalMs ?? AUTO_COMMIT_INTERVAL_MS;
    this.#onPartitionsMoved = onPartitionsMoved;
    this.#committedAtMs = this.#environment.clock.monotonicMs();
    this.#consumer = client.groupConsumer({
      isolation: "read_committed",
      ...config,
      offsetReset: { fallback: from ?? "earliest" },
    });
    this.#consumer.subscribe(topics, stickyAssignor, {
      onRevoked: (partitions) => this.#giveUp(partitions),
      onAssigned: (partitions) => this.#tellMoved("assigned", partitions),
      onLost: (partitions) => {
        for (const partition of partitions) this.#done.delete(partition);
        return this.#tellMoved("lost", partitions);
      },
    });
  }

  /**
   * Records, each partition's in order, until the consumer is closed. Leaving the loop does not close the consumer: the
   * next loop begins with the record that was not done.
   */
  async *[Symbol.asyncIterator](): AsyncIterator<IncomingRecord> {
    while (this.#closed === null) {
      const waiting = [...(await this.#poll())];
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

  /**
   * Records as they come, many at a time, each partition's in order: for who writes them elsewhere in one go. A batch is
   * never empty, and done as a whole when the loop asks for the next one; left half-way, it comes again.
   * `maxPollRecords` bounds it.
   */
  async *batches(): AsyncGenerator<readonly IncomingRecord[], void, undefined> {
    while (this.#closed === null) {
      const fetched = await this.#poll();
      if (this.#closed !== null) return;
      const batch: IncomingRecord[] = [];
      const starts = new Map<TopicPartition, number>();
      for (const { tp: partition, records } of fetched) {
        while (records.next()) {
          if (!starts.has(partition)) starts.set(partition, records.offset);
          batch.push(ownRecord(partition, records.record()));
        }
      }
      let left = batch.length > 0;
      try {
        if (left) yield batch;
        left = false;
      } finally {
        if (left) this.#goBack(starts);
      }
      for (const { tp: partition, nextOffset } of fetched) {
        if (this.#mayHandOut(partition)) this.#done.set(partition, nextOffset);
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

  async #poll(): Promise<readonly FetchedPartition[]> {
    await this.#commitNowAndThen();
    this.#sought.clear();
    // Closed while it committed: the loop ends, a poll would throw.
    if (this.#closed !== null) return [];
    return this.#consumer.poll(POLL_MS);
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
    const starts = new Map<TopicPartition, number>();
    for (const [index, { tp: partition, records }] of waiting.entries()) {
      // The first one stands on the record handed out last, the others before their first.
      if (index === 0 || records.next()) starts.set(partition, records.offset);
    }
    this.#goBack(starts);
  }

  #goBack(starts: OffsetMap): void {
    if (this.#closed !== null) return;
    const owned = this.assignment();
    for (const [partition, offset] of starts) {
      if (!this.#sought.has(partition) && owned.includes(partition)) this.#consumer.seek(partition, offset);
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
    await this.#tellMoved("revoked", partitions);
  }

  async #tellMoved(kind: PartitionsMoved["kind"], partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length > 0) await this.#onPartitionsMoved?.({ kind, partitions });
  }
}
