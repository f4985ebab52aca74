import { silentLogger, systemEnvironment } from "@millrace/kernel";
import { expect, test } from "vitest";
import { embedded } from "../embedded/index.js";
import { MissingTopicError, RecordRefusedError } from "../port/index.js";
import { Producer } from "./producer.js";
import { readTopic } from "./read-topic.js";

async function clusterWith(topic: string) {
  const cluster = embedded();
  await cluster.admin().createTopics([{ name: topic, partitions: 1 }]);
  return cluster;
}

test("what is posted arrives in its order; its listener is told where, the count of each is kept", async () => {
  await using cluster = await clusterWith("posted");
  await using producer = new Producer(cluster);
  const told: unknown[] = [];
  await producer.post({ topic: "posted", value: "a" });
  await producer.post({ topic: "posted", value: "b" }, (error, delivery) => told.push(error ?? delivery?.offset));
  await producer.send({ topic: "posted", value: "c" });
  await producer.flush();

  const values: string[] = [];
  for await (const { value } of readTopic(cluster, "posted")) values.push(String(value));
  expect(values).toEqual(["a", "b", "c"]);
  expect(told).toEqual([1]);
  expect(producer.counts).toEqual({ acknowledged: 3, failed: 0 });
});

test("a record that the producer does not take is counted as failed, and told to who posts it, not to its listener", async () => {
  await using cluster = await clusterWith("posted");
  await using producer = new Producer(cluster);
  const told: unknown[] = [];
  const listener = (error: Error | null) => told.push(error);
  await expect(producer.post({ topic: "nowhere", value: "a" }, listener)).rejects.toThrow(MissingTopicError);
  await expect(producer.post({ topic: "posted", partition: 3, value: "a" }, listener)).rejects.toThrow(
    RecordRefusedError,
  );
  await producer.post({ topic: "posted", value: "b" }, listener);
  await producer.flush();
  expect(told).toEqual([null]);
  expect(producer.counts).toEqual({ acknowledged: 1, failed: 2 });
});

test("a listener that throws keeps no other from being told", async () => {
  await using cluster = await clusterWith("posted");
  await using producer = new Producer(cluster, { environment: systemEnvironment({ logger: silentLogger }) });
  const told: unknown[] = [];
  await producer.post({ topic: "posted", value: "a" }, () => {
    throw new Error("of the listener");
  });
  await producer.post({ topic: "posted", value: "b" }, (_, delivery) => told.push(delivery?.offset));
  await producer.flush();
  expect(told).toEqual([1]);
});

test("posting in a loop leaves timers and sockets their turn", async () => {
  await using cluster = await clusterWith("posted");
  await using producer = new Producer(cluster);
  let turns = 0;
  const turn = setInterval(() => turns++, 0);
  for (let posted = 0; posted < 5_000; posted++) await producer.post({ topic: "posted", value: "x" });
  clearInterval(turn);
  expect(turns).toBeGreaterThan(3);
});
