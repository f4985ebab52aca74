import type { TopicPartition } from "../../port/topic-partition.js";
import type { Transport } from "./transport.js";

/** Brokers learn of a new topic one after the other: what one of them does not know may still exist. */
const ANSWERS_NEEDED = 3;

/** Tells partitions that do not exist from those that are not known yet. */
export class Missing {
  readonly #transport: Transport;
  readonly #misses = new Map<TopicPartition, number>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Refreshes the metadata; gives those of `partitions` that were missing several times in a row. Rejects as `Transport.refresh` does. */
  async refresh(partitions: readonly TopicPartition[]): Promise<readonly TopicPartition[]> {
    const { missing } = await this.#transport.refresh([...new Set(partitions.map(({ topic }) => topic))]);
    const topics = new Set(missing);
    const absent: TopicPartition[] = [];
    for (const partition of partitions) {
      const count = this.#transport.partitionCount(partition.topic);
      if (!topics.has(partition.topic) && (count === undefined || partition.partition < count)) {
        this.#misses.delete(partition);
        continue;
      }
      const misses = (this.#misses.get(partition) ?? 0) + 1;
      if (misses < ANSWERS_NEEDED) this.#misses.set(partition, misses);
      else {
        this.#misses.delete(partition);
        absent.push(partition);
      }
    }
    return absent;
  }
}
