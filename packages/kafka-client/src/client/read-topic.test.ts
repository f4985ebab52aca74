import { expect, test } from "vitest";
import { embedded } from "../embedded/index.js";
import { MissingTopicError, type Isolation, type KafkaClient } from "../port/index.js";
import { Producer } from "./producer.js";
import { readTopic } from "./read-topic.js";

async function read(client: KafkaClient, isolation: Isolation): Promise<string[]> {
  const values: string[] = [];
  for await (const { partition, value } of readTopic(client, "t", { isolation })) values.push(`${partition}:${value}`);
  return values.sort();
}

test("reads every partition to where it ends, and ends", async () => {
  await using cluster = embedded();
  await cluster.admin().createTopics([{ name: "t", partitions: 3 }]);
  expect(await read(cluster, "read_committed")).toEqual([]);
  await using producer = new Producer(cluster);
  for (const [partition, value] of [0, 1, 1, 0].entries()) {
    await producer.send({ topic: "t", partition: value, value: String(partition) });
  }
  expect(await read(cluster, "read_committed")).toEqual(["0:0", "0:3", "1:1", "1:2"]);
});

test("leaves out what is in open and aborted transactions, unless it reads uncommitted", async () => {
  await using cluster = embedded();
  await cluster.admin().createTopics([{ name: "t", partitions: 1 }]);
  await using producer = new Producer(cluster, { transactionalId: "id" });
  await producer.transaction(({ send }) => send({ topic: "t", value: "kept" }));
  const stopped = producer.transaction(async ({ send }) => {
    await send({ topic: "t", value: "lost" });
    expect(await read(cluster, "read_committed")).toEqual(["0:kept"]);
    throw new Error("stopped");
  });
  await expect(stopped).rejects.toThrow("stopped");
  await producer.transaction(({ send }) => send({ topic: "t", value: "kept, too" }));
  // The marker that commits arrives a moment after the answer.
  await expect.poll(() => read(cluster, "read_committed")).toEqual(["0:kept", "0:kept, too"]);
  expect(await read(cluster, "read_uncommitted")).toEqual(["0:kept", "0:kept, too", "0:lost"]);
});

test("a reader that stops half-way leaves nothing open; one of a missing topic is told its name", async () => {
  await using cluster = embedded();
  await cluster.admin().createTopics([{ name: "t", partitions: 1 }]);
  await using producer = new Producer(cluster);
  await producer.sendBatch(["a", "b"].map((value) => ({ topic: "t", value })));
  for await (const { value } of readTopic(cluster, "t")) {
    expect(String(value)).toBe("a");
    break;
  }
  await expect(readTopic(cluster, "nowhere").next()).rejects.toThrow(MissingTopicError);
});
