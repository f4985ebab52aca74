import {
  tp,
  type FetchedPartition,
  type KafkaClient,
  type ManualConsumer,
  type OffsetMap,
  type TopicPartition,
} from "millrace";
import { countsTopic } from "./topology.js";

/** Is told of a word's new count. */
type OnUpdate = (word: string, count: number) => void;

/** Follows the output topic and keeps the last count of each word: what any other consumer of the topic would know. */
export class WordTotals {
  readonly counts = new Map<string, number>();
  readonly #consumer: ManualConsumer;
  readonly #client: KafkaClient;
  readonly #onUpdate: OnUpdate;
  #partitions: readonly TopicPartition[] = [];
  /** Where updates of this run begin. */
  #news: OffsetMap = new Map();

  /** `onUpdate` is told of those after {@link start} only. */
  constructor(client: KafkaClient, onUpdate: OnUpdate) {
    this.#client = client;
    this.#onUpdate = onUpdate;
    this.#consumer = client.restoreConsumer({ isolation: "read_committed" });
  }

  async start(): Promise<void> {
    const described = await this.#client.admin().describeTopics([countsTopic]);
    const { partitions = 0 } = described.get(countsTopic) ?? {};
    this.#partitions = Array.from({ length: partitions }, (_, partition) => tp(countsTopic, partition));
    this.#news = await this.#consumer.endOffsets(this.#partitions, "read_uncommitted");
    this.#consumer.assign(await this.#consumer.beginningOffsets(this.#partitions));
  }

  /** Takes what can be read now. */
  async refresh(): Promise<void> {
    this.#take(await this.#consumer.poll(0));
  }

  /**
   * Takes everything up to the end of the topic. Commit markers arrive after the commit has been answered, so the end
   * is the high watermark, not what can be read already.
   */
  async complete(): Promise<void> {
    const ends = await this.#consumer.endOffsets(this.#partitions, "read_uncommitted");
    const behind = (partition: TopicPartition): boolean =>
      this.#consumer.position(partition) < (ends.get(partition) ?? 0);
    while (this.#partitions.some(behind)) this.#take(await this.#consumer.poll(100));
  }

  #take(fetched: readonly FetchedPartition[]): void {
    for (const { tp: partition, records } of fetched) {
      const news = this.#news.get(partition) ?? 0;
      while (records.next()) {
        const { key, value } = records.record();
        if (key === null || value === null) continue;
        const word = latin1(key);
        this.counts.set(word, count(value));
        if (records.offset >= news) this.#onUpdate(word, count(value));
      }
    }
  }

  /** The most frequent words, most frequent first, equal ones by name. */
  top(most: number): readonly (readonly [string, number])[] {
    return this.sorted().slice(0, most);
  }

  sorted(): readonly (readonly [string, number])[] {
    return [...this.counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  async close(): Promise<void> {
    await this.#consumer.close();
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function count(bytes: Uint8Array): number {
  return Number(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readBigInt64BE());
}
