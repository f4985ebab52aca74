import { sharedBrokers } from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { afterAll, expect, test } from "vitest";
import { readToEnd } from "../conformance/records-at-hand.js";
import { kafka } from "../kafkajs/index.js";
import { MissingTopicError, RecordRefusedError } from "../port/index.js";
import { tp } from "../port/topic-partition.js";
import { partitionOfKey } from "./murmur2.js";
import { Producer } from "./producer.js";

const client = kafka({ brokers: sharedBrokers() });
afterAll(() => client.close());

async function newTopic(partitions: number, config: Record<string, string> = {}): Promise<string> {
  const name = `producer-${systemRandomness.uuid()}`;
  await client.admin().createTopics([{ name, partitions, config }]);
  return name;
}

const values = async (topic: string, partition: number): Promise<string[]> =>
  (await readToEnd(client, tp(topic, partition), "read_committed")).map((row) => row.slice(row.indexOf("=") + 1));

test("send tells where each record went: keys by their hash, the rest in turns, before and after the topic is known", async () => {
  const topic = await newTopic(3);
  await using producer = new Producer(client);
  const keyed = await Promise.all(["a", "b", "c"].map((key) => producer.send({ topic, key, value: key })));
  expect(keyed.map(({ partition }) => partition)).toEqual(
    ["a", "b", "c"].map((key) => partitionOfKey(Buffer.from(key), 3)),
  );
  const keyless = await producer.sendBatch([
    { topic, value: "x" },
    { topic, value: "y" },
    { topic, value: "z" },
  ]);
  expect(keyless.map(({ partition }) => partition).sort()).toEqual([0, 1, 2]);
  for (const { partition, offset } of [...keyed, ...keyless]) {
    expect((await values(topic, partition)).length).toBeGreaterThan(offset);
  }
});

test("a topic that does not exist fails its own records only", async () => {
  const topic = await newTopic(1);
  await using producer = new Producer(client);
  const lost = producer.send({ topic: `nowhere-${systemRandomness.uuid()}`, value: "lost" });
  const kept = producer.send({ topic, value: "kept" });
  await expect(lost).rejects.toThrow(MissingTopicError);
  expect(await kept).toEqual({ topic, partition: 0, offset: 0 });
  await expect(producer.send({ topic, partition: 7, value: "no such partition" })).rejects.toThrow(RecordRefusedError);
  expect(await producer.send({ topic, value: "kept, too" })).toEqual({ topic, partition: 0, offset: 1 });
});

test("batches larger than the topic takes are cut; a record larger than that is refused, in its place", async () => {
  const topic = await newTopic(1, { "max.message.bytes": "10000" });
  await using producer = new Producer(client);
  const sizes = [...Array.from({ length: 30 }, (_, index) => 1_000 + index), 20_000, 1_030];
  const sent = await Promise.allSettled(
    sizes.map((size) => producer.send({ topic, partition: 0, value: Buffer.alloc(size, "v") })),
  );
  expect(sent.filter(({ status }) => status === "rejected")).toEqual([
    { status: "rejected", reason: expect.any(RecordRefusedError) },
  ]);
  expect(sent[30]!.status).toBe("rejected");
  expect((await values(topic, 0)).map((value) => value.length)).toEqual(sizes.filter((size) => size < 10_000));
  expect(sent[31]).toMatchObject({ value: { offset: 30 } });
});

test("a record larger than a request is refused to its own sender, while the topic is looked up and later", async () => {
  const topic = await newTopic(1);
  await using producer = new Producer(client);
  const tooLarge = { topic, value: Buffer.alloc(100_000_001) };
  const sent = await Promise.allSettled([
    producer.send({ topic, value: "before" }),
    producer.send(tooLarge),
    producer.send({ topic, value: "after" }),
  ]);
  expect(sent).toEqual([
    { status: "fulfilled", value: { topic, partition: 0, offset: 0 } },
    { status: "rejected", reason: expect.any(RecordRefusedError) },
    { status: "fulfilled", value: { topic, partition: 0, offset: 1 } },
  ]);
  await expect(producer.send(tooLarge)).rejects.toThrow(RecordRefusedError);
  expect(await producer.send({ topic, value: "later" })).toEqual({ topic, partition: 0, offset: 2 });
  expect(producer.counts).toEqual({ acknowledged: 3, failed: 2 });
});

for (const compression of client.capabilities.compression) {
  test(`batches packed by ${compression} are read like others`, async () => {
    const topic = await newTopic(1);
    await using producer = new Producer(client, { compression });
    const batch = Array.from({ length: 200 }, (_, index) => ({ topic, key: "k", value: `${index}`.repeat(20) }));
    expect((await producer.sendBatch(batch)).map(({ offset }) => offset)).toEqual(batch.map((_, index) => index));
    expect(await values(topic, 0)).toEqual(batch.map(({ value }) => value));
  });
}

test("a transaction is seen whole, or not at all when its work throws", async () => {
  const topic = await newTopic(2);
  await using producer = new Producer(client, { transactionalId: systemRandomness.uuid() });
  const failing = producer.transaction(async ({ send }) => {
    await Promise.all([send({ topic, partition: 0, value: "lost" }), send({ topic, partition: 1, value: "lost" })]);
    throw new Error("work failed");
  });
  await expect(failing).rejects.toThrow("work failed");
  for (const value of ["one", "two"]) {
    await producer.transaction(({ send }) =>
      Promise.all([send({ topic, partition: 0, value }), send({ topic, partition: 1, value })]),
    );
  }
  expect([await values(topic, 0), await values(topic, 1)]).toEqual([
    ["one", "two"],
    ["one", "two"],
  ]);
});
