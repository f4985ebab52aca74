import { systemRandomness } from "@millrace/kernel";
import { afterAll, expect, test } from "vitest";
import { kafka } from "../kafkajs/index.js";
import { tp } from "../port/index.js";
import { admin } from "./admin.js";
import { Consumer } from "./consumer.js";
import { partitionOfKey } from "./murmur2.js";
import { Producer } from "./producer.js";

const client = kafka({ brokers: (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",") });
const operator = admin(client);
afterAll(() => client.close());

const named = (stem: string): string => `${stem}-${systemRandomness.uuid()}`;

async function topicOf(partitions: number): Promise<string> {
  const topic = named("client");
  await operator.createTopics([{ name: topic, partitions }]);
  return topic;
}

async function take(consumer: Consumer, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const { partition, offset, value } of consumer) {
    taken.push(`${partition}/${offset}=${value?.toString()}`);
    if (taken.length === count) break;
  }
  return taken;
}

test("records go where their keys hash to, and come from there", async () => {
  const topic = await topicOf(3);
  await using producer = new Producer(client);
  const keys = ["a", "b", "c", "d"];
  const sent = await producer.sendBatch(keys.map((key) => ({ topic, key, value: key })));
  expect(sent.map(({ partition }) => partition)).toEqual(keys.map((key) => partitionOfKey(Buffer.from(key), 3)));
  await using consumer = new Consumer(client, { groupId: named("group"), topics: [topic] });
  const expected = sent.map(({ partition, offset }, index) => `${partition}/${offset}=${keys[index]}`);
  expect((await take(consumer, 4)).sort()).toEqual(expected.sort());
});

test("the lag of a group is what lies between its offsets and the ends", async () => {
  const topic = await topicOf(1);
  const partition = tp(topic, 0);
  const groupId = named("group");
  await using producer = new Producer(client);
  await producer.sendBatch(["a", "b", "c"].map((value) => ({ topic, value })));
  const consumer = new Consumer(client, { groupId, topics: [topic] });
  expect(await take(consumer, 2)).toEqual(["0/0=a", "0/1=b"]);
  await consumer.commit();
  await consumer.close();
  const ends = await operator.listOffsets([partition], "latest", "read_committed");
  const committed = await operator.groupOffsets(groupId);
  expect([ends.get(partition), committed.get(partition)?.offset]).toEqual([3, 1]);
});

test("offsets that are reset while nobody is in the group are where it starts", async () => {
  const topic = await topicOf(1);
  const groupId = named("group");
  await using producer = new Producer(client);
  await producer.sendBatch(["a", "b", "c"].map((value) => ({ topic, value })));
  await operator.alterGroupOffsets(groupId, new Map([[tp(topic, 0), 2]]));
  await using consumer = new Consumer(client, { groupId, topics: [topic] });
  expect(await take(consumer, 1)).toEqual(["0/2=c"]);
  consumer.seek(topic, 0, 0);
  expect(await take(consumer, 1)).toEqual(["0/0=a"]);
});

test("a transaction is seen whole, or not at all when its work throws", async () => {
  const topic = await topicOf(1);
  await using producer = new Producer(client, { transactionalId: named("id") });
  const failed = producer.transaction(async ({ send }) => {
    await send({ topic, value: "lost" });
    throw new Error("work failed");
  });
  await expect(failed).rejects.toThrow("work failed");
  await producer.transaction(async ({ send }) => {
    await send({ topic, value: "kept" });
  });
  await using consumer = new Consumer(client, { groupId: named("group"), topics: [topic] });
  expect(await take(consumer, 1)).toEqual(["0/2=kept"]);
});
