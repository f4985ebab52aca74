import type { Isolation } from "../port/client.js";
import type { Positions } from "../port/consumer.js";
import { RetriableError } from "../port/errors.js";
import type { OffsetMap, TopicPartition } from "../port/topic-partition.js";
import type { FetchSession } from "./fetch-session.js";
import type { LogEnds, PartitionReader } from "./partition-reader.js";

/** What both kinds of consumers do with positions. */
export abstract class SessionPositions implements Positions {
  protected abstract readonly session: FetchSession<PartitionReader>;
  protected abstract readonly onResume: () => void;

  readonly #ends: LogEnds;

  constructor(ends: LogEnds) {
    this.#ends = ends;
  }

  seek(partition: TopicPartition, offset: number): void {
    this.session.require(partition).seek(offset);
    this.onResume();
  }

  position(partition: TopicPartition): number {
    const position = this.session.require(partition).position;
    if (position !== undefined) return position;
    throw new RetriableError(
      `The position of ${partition.topic}-${partition.partition} is not known yet. Poll first, or seek.`,
    );
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.session.require(partition).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.session.require(partition).paused = false;
    this.onResume();
  }

  beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap> {
    return this.#ends.beginningOffsets(partitions);
  }

  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap> {
    return this.#ends.endOffsets(partitions, isolation);
  }
}
