import { systemRandomness } from "@millrace/kernel";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MissingTopicError, OffsetOutOfRangeError } from "../../port/errors.js";
import type { ManualConsumer } from "../../port/consumer.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import { kafka } from "../kafka.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",");
const client = kafka({ brokers });
// The records come from kafkajs' own producer: an encoder that is not ours.
const foreign = new Kafka({ brokers, logLevel: logLevel.NOTHING });
const admin = foreign.admin();

beforeAll(() => admin.connect());
afterAll(async () => {
  await admin.disconnect();
  await client.close();
});

async function topic(partitions = 1): Promise<TopicPartition> {
  const name = `fetch-${systemRandomness.uuid()}`;
  await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: true });
  return tp(name, 0);
}

async function write(partition: TopicPartition, values: readonly string[], transaction?: "commit" | "abort") {
  const producer = foreign.producer(
    transaction === undefined
      ? {}
      : { transactionalId: systemRandomness.uuid(), maxInFlightRequests: 1, idempotent: true },
  );
  await producer.connect();
  const messages = values.map((value) => ({ key: "\0\0\0\0", value, partition: partition.partition }));
  if (transaction === undefined) await producer.send({ topic: partition.topic, messages });
  else {
    const running = await producer.transaction();
    await running.send({ topic: partition.topic, messages });
    await running[transaction]();
  }
  await producer.disconnect();
}

async function readTo(consumer: ManualConsumer, partition: TopicPartition, end: number): Promise<string[]> {
  const values: string[] = [];
  while (consumer.position(partition) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) {
        values.push(`${records.offset}:${Buffer.from(records.record().value ?? []).toString()}`);
      }
    }
  }
  return values;
}

describe("a fetcher", () => {
  it("reads what another client wrote, over answers of any size", async () => {
    const partition = await topic();
    const values = Array.from({ length: 300 }, (_, index) => `value ${index}`);
    for (let from = 0; from < 300; from += 50) await write(partition, values.slice(from, from + 50));
    for (const fetchMaxBytesPerPartition of [1, 2_000, 1 << 20]) {
      const consumer = client.restoreConsumer({ isolation: "read_committed", fetchMaxBytesPerPartition });
      expect(await consumer.endOffsets([partition], "read_committed")).toEqual(new Map([[partition, 300]]));
      consumer.assign(new Map([[partition, 7]]));
      const read = await readTo(consumer, partition, 300);
      expect(read).toEqual(values.map((value, index) => `${index}:${value}`).slice(7));
      await consumer.close();
    }
  });

  it("leaves out aborted records, over the borders of answers, and moves past their markers", async () => {
    const partition = await topic();
    await write(partition, ["a", "b"], "commit");
    await write(partition, ["c", "d"], "abort");
    await write(partition, ["e"], "commit");
    for (const fetchMaxBytesPerPartition of [1, 1 << 20]) {
      const committed = client.restoreConsumer({ isolation: "read_committed", fetchMaxBytesPerPartition });
      committed.assign(new Map([[partition, 0]]));
      expect(await readTo(committed, partition, 8)).toEqual(["0:a", "1:b", "6:e"]);
      committed.seek(partition, 4);
      expect(await readTo(committed, partition, 8)).toEqual(["6:e"]);
      await committed.close();
    }
    const all = client.restoreConsumer({ isolation: "read_uncommitted" });
    all.assign(new Map([[partition, 0]]));
    expect(await readTo(all, partition, 8)).toEqual(["0:a", "1:b", "3:c", "4:d", "6:e"]);
    await all.close();
  });

  it("takes in partitions while others are idle, full or paused", async () => {
    const first = await topic(3);
    const [second, third] = [tp(first.topic, 1), tp(first.topic, 2)];
    await write(first, ["1", "2"]);
    await write(third, ["3"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed", fetchMaxBytesPerPartition: 1 });
    consumer.assign(new Map([[second, 0]]));
    expect(await consumer.poll(20)).toEqual([]);
    consumer.assign(new Map([first, second, third].map((partition) => [partition, 0])));
    consumer.pause([first]);
    expect(await readTo(consumer, third, 1)).toEqual(["0:3"]);
    consumer.resume([first]);
    expect(await readTo(consumer, first, 2)).toEqual(["0:1", "1:2"]);
    await consumer.close();
  });

  it("throws what a partition suffers from, and goes on after a seek", async () => {
    const partition = await topic();
    await write(partition, ["a"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 5]]));
    await expect(consumer.poll(10_000)).rejects.toThrow(OffsetOutOfRangeError);
    consumer.seek(partition, 0);
    expect(await readTo(consumer, partition, 1)).toEqual(["0:a"]);
    consumer.assign(new Map([[tp(`nowhere-${systemRandomness.uuid()}`, 0), 0]]));
    await expect(consumer.poll(10_000)).rejects.toThrow(MissingTopicError);
    await consumer.close();
  });
});
