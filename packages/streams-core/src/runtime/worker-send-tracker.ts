import type { TopicPartition } from "@millrace/kafka-client";
import { ChangelogError } from "./worker-errors.js";

/** Sends to one partition of a watched topic. */
class PartitionSends {
  /** Sequence of the last record sent; -1 when none was since the last mark. */
  lastSequence = -1;
  /** Last acknowledged batch: its last sequence and the offset after it. */
  ackedSequence = -1;
  ackedNextOffset = -1;
  markedSequence = -1;
  /** Offset after the marked record; -1 until it is acknowledged. */
  markedOffset = -1;
  /** Somebody else has written between two of our batches: the rows lack it. */
  contested = false;
}

/**
 * Learns at which offset the changelog stood when a commit took its snapshot: the offset after the last record sent
 * before `mark()`, however the producer cut its batches. Records sent later do not move it.
 */
export class SendTracker {
  readonly #topics = new Map<string, PartitionSends[]>();
  readonly #exactlyOnce: boolean;

  /** Under exactly-once others are fenced, and markers of transactions take offsets of their own. */
  constructor(exactlyOnce = false) {
    this.#exactlyOnce = exactlyOnce;
  }

  /** Follows sends to this partition of a changelog from now on: that of a task just made, whose stores are restored next. */
  watch(topic: string, partition: number): void {
    const partitions = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, partitions);
    partitions[partition] = new PartitionSends();
  }

  /** A new producer counts anew. */
  reset(): void {
    for (const partitions of this.#topics.values()) {
      for (const index of partitions.keys()) if (partitions[index]) partitions[index] = new PartitionSends();
    }
  }

  sent(topic: string, partition: number, sequence: number): void {
    const sends = this.#topics.get(topic)?.[partition];
    if (sends !== undefined) sends.lastSequence = sequence;
  }

  acknowledged(partition: TopicPartition, firstSequence: number, count: number, baseOffset: number): void {
    const sends = this.#topics.get(partition.topic)?.[partition.partition];
    if (sends === undefined || count === 0) return;
    if (this.hasGap(sends.ackedNextOffset, baseOffset)) sends.contested = true;
    sends.ackedSequence = firstSequence + count - 1;
    sends.ackedNextOffset = baseOffset + count;
    const { markedSequence } = sends;
    if (markedSequence >= firstSequence && markedSequence <= sends.ackedSequence) {
      sends.markedOffset = baseOffset + (markedSequence - firstSequence) + 1;
    }
  }

  /** Whether somebody else has written between a batch that ended before `nextOffset` (-1: none) and one at `baseOffset`. */
  hasGap(nextOffset: number, baseOffset: number): boolean {
    return !this.#exactlyOnce && nextOffset >= 0 && baseOffset > nextOffset;
  }

  /** The snapshot: what was sent up to here belongs to the commit. */
  mark(): void {
    for (const partitions of this.#topics.values()) {
      for (const sends of partitions) {
        if (sends === undefined) continue;
        sends.markedSequence = sends.lastSequence;
        sends.markedOffset =
          sends.lastSequence >= 0 && sends.ackedSequence === sends.lastSequence ? sends.ackedNextOffset : -1;
        sends.lastSequence = -1;
      }
    }
  }

  /**
   * Offset after the last record that was sent to the partition before the mark; undefined when none was since the
   * mark before, or when somebody else has written to the partition, too: the rows lack what that one wrote. Call it when
   * the producer has flushed.
   */
  markedOffset(topic: string, partition: number): number | undefined {
    const sends = this.#topics.get(topic)?.[partition];
    if (sends === undefined || sends.markedSequence < 0) return undefined;
    if (sends.markedOffset < 0) {
      throw new ChangelogError(
        `The producer says all is flushed, but record ${sends.markedSequence} of ${topic}-${partition} was not acknowledged. This is a mistake of the client.`,
      );
    }
    return sends.contested ? undefined : sends.markedOffset;
  }
}
