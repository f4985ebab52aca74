import type { Isolation } from "../../port/client.js";
import type { Positions } from "../../port/consumer.js";
import { RetriableError } from "../../port/errors.js";
import type { OffsetMap, TopicPartition } from "../../port/topic-partition.js";
import type { Topics } from "../topics.js";
import type { FetchSession } from "./fetch-session.js";

/** What both kinds of consumers do with positions. */
export abstract class SessionPositions implements Positions {
  protected readonly topics: Topics;
  protected abstract readonly session: FetchSession;
  protected abstract readonly onResume: () => void;

  constructor(topics: Topics) {
    this.topics = topics;
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

  async beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap> {
    return new Map(partitions.map((partition) => [partition, this.topics.requireLog(partition).startOffset]));
  }

  async endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap> {
    return new Map(partitions.map((partition) => [partition, this.topics.requireLog(partition).endOffset(isolation)]));
  }
}
