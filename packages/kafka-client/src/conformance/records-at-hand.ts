import type { Isolation, KafkaClient } from "../port/client.js";
import type { ManualConsumer } from "../port/consumer.js";
import type { StreamsProducer } from "../port/producer.js";
import type { FetchedPartition } from "../port/records.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";

/** Text as bytes; null stays null. */
export const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text));

const text = (view: Uint8Array | null): string | null => (view === null ? null : Buffer.from(view).toString());

/** "offset:key=value" of each record. */
export function rows(fetched: Iterable<FetchedPartition>): string[] {
  const all: string[] = [];
  for (const { records } of fetched) {
    while (records.next()) {
      const { offset, key, value } = records.record();
      all.push(`${offset}:${text(key)}=${text(value)}`);
    }
  }
  return all;
}

/** Appends `value` under `key` for each "key=value" of `pairs`, to partition 0. */
export function appendAll(producer: StreamsProducer, topic: string, pairs: readonly string[]): void {
  for (const pair of pairs) {
    const [key, value] = pair.split("=");
    producer.append(topic, 0, bytes(key ?? null), bytes(value ?? null), 1_000);
  }
}

/** Writes with a plain producer, and waits for the acknowledgement. */
export async function writeAll(client: KafkaClient, topic: string, pairs: readonly string[]): Promise<void> {
  const producer = client.producer({});
  appendAll(producer, topic, pairs);
  await producer.flush();
  await producer.close();
}

/** A transactional producer, initialised. */
export async function transactional(client: KafkaClient, transactionalId: string): Promise<StreamsProducer> {
  const producer = client.producer({ transactionalId });
  await producer.init();
  return producer;
}

/** Everything from `from` (0) to the high watermark as it is when the position gets there. */
export async function readToEnd(
  client: KafkaClient,
  partition: TopicPartition,
  isolation: Isolation,
  options: { from?: number; maxBytes?: number } = {},
): Promise<string[]> {
  const { from = 0, maxBytes } = options;
  const consumer = client.restoreConsumer({
    isolation,
    ...(maxBytes === undefined ? {} : { fetchMaxBytesPerPartition: maxBytes }),
  });
  const end = (await consumer.endOffsets([partition], "read_uncommitted")).get(partition)!;
  consumer.assign(new Map([[partition, from]]));
  const all: string[] = [];
  while (consumer.position(partition) < end) all.push(...rows(await consumer.poll(100)));
  await consumer.close();
  return all;
}

/** Waits until every transaction that was ended has its marker in the partition. Offsets of what follows are certain then. */
export async function markersArrived(client: KafkaClient, partition: TopicPartition): Promise<void> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const end = async (isolation: Isolation) => (await consumer.endOffsets([partition], isolation)).get(partition)!;
  while ((await end("read_committed")) < (await end("read_uncommitted"))) await consumer.poll(10);
  await consumer.close();
}

/** Makes a topic that keeps its records, old timestamps or not, and gives its partition 0. */
export async function topicOf(
  client: KafkaClient,
  name: string,
  partitions = 1,
  config: Readonly<Record<string, string>> = {},
): Promise<TopicPartition> {
  await client.admin().createTopics([{ name, partitions, config: { "retention.ms": "-1", ...config } }]);
  return tp(name, 0);
}

/** Empty polls of 50 ms, one after the other, after which nothing more is to be expected. */
const EMPTY_POLLS_MAX = 600;

/** Polls until there are `count` records, or very many polls brought none. */
export async function pollRows(consumer: Pick<ManualConsumer, "poll">, count: number): Promise<string[]> {
  const all: string[] = [];
  for (let empty = 0; all.length < count && empty < EMPTY_POLLS_MAX;) {
    const more = rows(await consumer.poll(50));
    all.push(...more);
    empty = more.length === 0 ? empty + 1 : 0;
  }
  return all;
}
