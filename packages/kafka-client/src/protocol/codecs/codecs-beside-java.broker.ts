import {
  canStartBrokers,
  consumeByJava,
  prepareJavaPrograms,
  produceByJava,
  sharedBrokers,
  type JavaRecord,
} from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { kafka } from "../../kafkajs/kafka.js";
import type { Codec, KafkaClient } from "../../port/client.js";
import { tp } from "../../port/topic-partition.js";

const PREPARE_MS = 300_000;
const codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

/** About 400 kB: several blocks of every codec, in several batches. */
const records: readonly JavaRecord[] = Array.from({ length: 5_000 }, (_, index) => ({
  timestamp: 1_700_000_000_000 + index,
  key: `courier-${(index * 7919) % 1000}`,
  value: `{"latitude":${Math.sin(index)},"longitude":${Math.cos(index)},"note":"håll vänster"}`,
}));

/** The Java side runs on the same machine as the tests, with the same needs as a broker of one's own. */
describe.runIf(canStartBrokers)("record batches beside Java's clients", () => {
  const brokers = sharedBrokers();
  let client: KafkaClient;
  beforeAll(async () => {
    await prepareJavaPrograms();
    client = kafka({ brokers });
  }, PREPARE_MS);
  afterAll(() => client?.close());

  const newTopic = async (codec: Codec): Promise<string> => {
    const name = `beside-java-${codec}-${systemRandomness.uuid()}`;
    await client.admin().createTopics([{ name, partitions: 1, config: { "retention.ms": "-1" } }]);
    return name;
  };

  test.each(codecs)("Java reads what is written here: %s", async (codec) => {
    const topic = await newTopic(codec);
    const producer = client.producer({ compression: codec });
    for (const { timestamp, key, value } of records) {
      producer.append(topic, 0, Buffer.from(key), Buffer.from(value), timestamp);
    }
    await producer.flush();
    await producer.close();
    expect(await consumeByJava(brokers, topic, "read_committed")).toEqual(records);
  });

  test.each(codecs)("what Java writes is read here: %s", async (codec) => {
    const topic = await newTopic(codec);
    await produceByJava(brokers, topic, codec, records);
    expect(await readAll(client, topic, records.length)).toEqual(records);
  });
});

async function readAll(client: KafkaClient, topic: string, count: number): Promise<JavaRecord[]> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  consumer.assign(new Map([[tp(topic, 0), 0]]));
  const read: JavaRecord[] = [];
  while (read.length < count) {
    for (const fetched of await consumer.poll(1_000)) {
      while (fetched.records.next()) {
        const { timestamp, key, value } = fetched.records.record();
        read.push({ timestamp, key: Buffer.from(key!).toString(), value: Buffer.from(value!).toString() });
      }
    }
  }
  await consumer.close();
  return read;
}
