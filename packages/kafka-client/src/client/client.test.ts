import { expect, test } from "vitest";
import { embedded } from "../embedded/index.js";
import { MissingTopicError } from "../port/index.js";
import { Consumer } from "./consumer.js";
import { murmur2, partitionOfKey } from "./murmur2.js";
import { Producer } from "./producer.js";

async function clusterWith(topic: string, partitions: number) {
  const cluster = embedded();
  await cluster.admin().createTopics([{ name: topic, partitions }]);
  return cluster;
}

async function take(consumer: Consumer, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const record of consumer) {
    taken.push(`${record.key?.toString()}=${record.value?.toString()}`);
    if (taken.length === count) break;
  }
  return taken;
}

test("keys hash as in Kafka's Java clients", () => {
  const hashes = ["21", "foobar", "a-little-bit-long-string", "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"];
  expect(hashes.map((text) => murmur2(Buffer.from(text)))).toEqual([-973932308, -790332482, -985981536, -58897971]);
  expect(partitionOfKey(Buffer.from("foobar"), 4)).toBe((-790332482 & 0x7fffffff) % 4);
});

test("send tells where the record went; sendBatch in the order of its records", async () => {
  await using cluster = await clusterWith("places", 2);
  await using producer = new Producer(cluster);
  expect(await producer.send({ topic: "places", partition: 1, value: "a" })).toEqual({
    topic: "places",
    partition: 1,
    offset: 0,
  });
  const batch = [0, 1, 1].map((partition) => ({ topic: "places", partition, value: "x" }));
  expect((await producer.sendBatch(batch)).map(({ partition, offset }) => [partition, offset])).toEqual([
    [0, 0],
    [1, 1],
    [1, 2],
  ]);
});

test("sending to a topic that does not exist is a typed error that names the topic", async () => {
  await using cluster = embedded();
  await using producer = new Producer(cluster);
  const failure = producer.send({ topic: "nowhere", value: "a" });
  await expect(failure).rejects.toBeInstanceOf(MissingTopicError);
  await expect(failure).rejects.toThrow(/nowhere/);
});

test("a record whose loop was left comes again, those before it do not", async () => {
  await using cluster = await clusterWith("left", 1);
  await using producer = new Producer(cluster);
  await producer.sendBatch(["a", "b", "c"].map((value) => ({ topic: "left", key: "k", value })));
  await using consumer = new Consumer(cluster, { groupId: "g", topics: ["left"] });
  expect(await take(consumer, 2)).toEqual(["k=a", "k=b"]);
  expect(await take(consumer, 2)).toEqual(["k=b", "k=c"]);
});

test("closing commits what is done: the next member goes on from there", async () => {
  await using cluster = await clusterWith("handover", 1);
  await using producer = new Producer(cluster);
  await producer.sendBatch(["a", "b", "c"].map((value) => ({ topic: "handover", key: "k", value })));
  const first = new Consumer(cluster, { groupId: "g", topics: ["handover"] });
  expect(await take(first, 3)).toEqual(["k=a", "k=b", "k=c"]);
  await first.close();
  await using second = new Consumer(cluster, { groupId: "g", topics: ["handover"] });
  expect(await take(second, 1)).toEqual(["k=c"]);
});

test("a transaction is seen whole, or not at all when its work throws", async () => {
  await using cluster = await clusterWith("atomic", 1);
  await using producer = new Producer(cluster, { transactionalId: "t" });
  await expect(
    producer.transaction(async ({ send }) => {
      await send({ topic: "atomic", key: "k", value: "lost" });
      throw new Error("work failed");
    }),
  ).rejects.toThrow("work failed");
  await producer.transaction(({ send }) => send({ topic: "atomic", key: "k", value: "kept" }));
  await using consumer = new Consumer(cluster, { groupId: "g", topics: ["atomic"] });
  expect(await take(consumer, 1)).toEqual(["k=kept"]);
});

test("headers arrive in order, doubled and null ones too", async () => {
  await using cluster = await clusterWith("headed", 1);
  await using producer = new Producer(cluster);
  const headers = [
    ["a", "1"],
    ["a", null],
    ["b", Buffer.of(0)],
  ] as const;
  await producer.send({ topic: "headed", value: "v", headers });
  await using consumer = new Consumer(cluster, { groupId: "g", topics: /^head/ });
  for await (const record of consumer) {
    expect(record.headers).toEqual([
      { key: "a", value: Buffer.from("1") },
      { key: "a", value: null },
      { key: "b", value: Buffer.of(0) },
    ]);
    break;
  }
});
