import type { Isolation } from "../port/client.js";
import type { OwnedPartitions } from "../membership/owned-partitions.js";
import { FatalClientError } from "../port/errors.js";
import type { FetchedPartition } from "../port/records.js";
import type { TopicPartition } from "../port/topic-partition.js";
import type { PartitionReader, PartitionSource } from "./partition-reader.js";

/** How much one fetch brings. */
export interface FetchLimits {
  readonly isolation: Isolation;
  readonly maxBytesPerPartition: number;
  /** Over all partitions of one poll. */
  readonly maxRecords: number;
}

const MAX_BYTES_PER_PARTITION = 1 << 20;

/** The limits a consumer was configured with, or the defaults: 1 MiB a partition, any number of records. */
export function fetchLimits(config: {
  readonly isolation: Isolation;
  readonly fetchMaxBytesPerPartition?: number;
  readonly maxPollRecords?: number;
}): FetchLimits {
  return {
    isolation: config.isolation,
    maxBytesPerPartition: config.fetchMaxBytesPerPartition ?? MAX_BYTES_PER_PARTITION,
    maxRecords: config.maxPollRecords ?? Infinity,
  };
}

/** The partitions a consumer reads, served in turn: each poll begins with another one. */
export class FetchSession<Reader extends PartitionReader> implements OwnedPartitions {
  readonly #source: PartitionSource<Reader>;
  readonly #limits: FetchLimits;
  readonly #fetchers = new Map<TopicPartition, Reader>();
  #order: Reader[] = [];
  #turn = 0;

  constructor(source: PartitionSource<Reader>, limits: FetchLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  partitions(): readonly TopicPartition[] {
    return [...this.#fetchers.keys()];
  }

  fetchers(): readonly Reader[] {
    return this.#order;
  }

  find(partition: TopicPartition): Reader | undefined {
    return this.#fetchers.get(partition);
  }

  /** Throws when the partition is not assigned. */
  require(partition: TopicPartition): Reader {
    const fetcher = this.#fetchers.get(partition);
    if (fetcher !== undefined) return fetcher;
    throw new FatalClientError(
      `${partition.topic}-${partition.partition} is not assigned to this consumer. Wait for its assignment before using its position.`,
    );
  }

  /** False for a partition that is here already, or whose topic is gone. */
  canAdd(partition: TopicPartition): boolean {
    return !this.#fetchers.has(partition) && this.#source.has(partition);
  }

  /** Throws {@link import("../port/errors.js").MissingTopicError}. */
  add(partition: TopicPartition): Reader {
    const fetcher = this.#source.open(partition);
    this.#fetchers.set(partition, fetcher);
    this.#order.push(fetcher);
    return fetcher;
  }

  admit(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.add(partition).ready = false;
  }

  start(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.require(partition).ready = true;
  }

  remove(partitions: Iterable<TopicPartition>): void {
    for (const partition of partitions) {
      this.#fetchers.get(partition)?.close();
      this.#fetchers.delete(partition);
    }
    this.#order = [...this.#fetchers.values()];
  }

  /** What is there now, within the limits. `recover` handles a partition's error, or throws it on. */
  collect(recover: (fetcher: Reader, error: unknown) => void): FetchedPartition[] {
    const fetched: FetchedPartition[] = [];
    const order = this.#order;
    let room = this.#limits.maxRecords;
    const first = order.length === 0 ? 0 : this.#turn++ % order.length;
    for (let step = 0; step < order.length && room > 0; step++) {
      const fetcher = order[(first + step) % order.length]!;
      if (fetcher.paused || !fetcher.ready) continue;
      try {
        const piece = fetcher.take(room);
        if (piece === null) continue;
        room -= piece.countHint;
        fetched.push(piece);
      } catch (error) {
        // What was taken from other partitions must not get lost: hand it out, the error comes again.
        if (fetched.length > 0) break;
        recover(fetcher, error);
      }
    }
    return fetched;
  }
}
