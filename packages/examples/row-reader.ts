import { SchemaNotPreparedError } from "@millrace/schema-registry";
import { Windowed, type KafkaClient, type ManualConsumer, type Serde, type TopicPartition } from "millrace";

/** A topic whose rows are shown, and how they are read. */
export interface ShownTopic {
  readonly topic: string;
  readonly key: Serde<unknown>;
  readonly value: Serde<unknown>;
}

/** Reads what comes into topics, as lines of text: topic, time, key and value. */
export class RowReader implements AsyncDisposable {
  readonly #consumer: ManualConsumer;
  readonly #partitions: readonly TopicPartition[];
  readonly #topics: ReadonlyMap<string, ShownTopic>;

  private constructor(consumer: ManualConsumer, partitions: readonly TopicPartition[], topics: readonly ShownTopic[]) {
    this.#consumer = consumer;
    this.#partitions = partitions;
    this.#topics = new Map(topics.map((shown) => [shown.topic, shown]));
  }

  /** What is in the topics of a cluster already is not shown again. */
  static async fromEnd(
    client: KafkaClient,
    partitions: readonly TopicPartition[],
    topics: readonly ShownTopic[],
  ): Promise<RowReader> {
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(await consumer.endOffsets(partitions, "read_committed"));
    return new RowReader(consumer, partitions, topics);
  }

  /** The rows that came since the last time. */
  async read(): Promise<readonly string[]> {
    const rows: string[] = [];
    const ends = await this.#consumer.endOffsets(this.#partitions, "read_committed");
    while (this.#partitions.some((partition) => this.#consumer.position(partition) < (ends.get(partition) ?? 0))) {
      for (const { tp: partition, records } of await this.#consumer.poll(100)) {
        const { topic, key, value } = this.#topics.get(partition.topic)!;
        while (records.next()) {
          const record = records.record();
          const id = record.key === null ? "null" : await text(key, topic, record.key);
          const what = record.value === null ? "(deleted)" : await text(value, topic, record.value);
          rows.push(`${topic}  ${timeOfDay(record.timestamp)}  ${id}  ${what}`);
        }
      }
    }
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#consumer.close();
  }
}

async function text(serde: Serde<unknown>, topic: string, bytes: Uint8Array): Promise<string> {
  try {
    return shown(serde.deserialize(topic, bytes));
  } catch (error) {
    // An app waits for the schema of a record by itself; who reads by hand does it like this.
    if (!(error instanceof SchemaNotPreparedError)) throw error;
    await error.prepareSerde();
    return shown(serde.deserialize(topic, bytes));
  }
}

function shown(value: unknown): string {
  if (value instanceof Windowed) return `${shown(value.key)} from ${timeOfDay(value.startMs)}`;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function timeOfDay(timestamp: number): string {
  return new Date(timestamp).toISOString().slice("2026-11-21T".length, -1);
}
