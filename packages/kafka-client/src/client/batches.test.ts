import { expect, test } from "vitest";
import { embedded } from "../embedded/index.js";
import { Consumer, type PartitionsMoved } from "./consumer.js";
import { Producer } from "./producer.js";

async function clusterWith(partitions: number, values: readonly string[]) {
  const cluster = embedded();
  await cluster.admin().createTopics([{ name: "t", partitions }]);
  await using producer = new Producer(cluster);
  await producer.sendBatch(values.map((value, index) => ({ topic: "t", partition: index % partitions, value })));
  return cluster;
}

/** The first batches of a consumer, until they have so many records. */
async function take(consumer: Consumer, count: number): Promise<string[]> {
  const taken: string[] = [];
  for await (const batch of consumer.batches()) {
    taken.push(...batch.map(({ value }) => String(value)));
    if (taken.length >= count) break;
  }
  return taken;
}

test("a batch whose loop was left comes again, one whose loop went on does not", async () => {
  await using cluster = await clusterWith(1, ["a", "b", "c", "d"]);
  await using consumer = new Consumer(cluster, { groupId: "g", topics: ["t"], maxPollRecords: 2 });
  expect(await take(consumer, 2)).toEqual(["a", "b"]);
  expect(await take(consumer, 4)).toEqual(["a", "b", "c", "d"]);
  await consumer.close();
  await using next = new Consumer(cluster, { groupId: "g", topics: ["t"] });
  expect(await take(next, 2)).toEqual(["c", "d"]);
});

test("closing within a batch ends the loop; the batch belongs to the next member", async () => {
  await using cluster = await clusterWith(2, ["a", "b"]);
  const first = new Consumer(cluster, { groupId: "g", topics: ["t"] });
  for await (const batch of first.batches()) {
    expect(batch).toHaveLength(2);
    await first.close();
  }
  await using second = new Consumer(cluster, { groupId: "g", topics: ["t"] });
  expect((await take(second, 2)).sort()).toEqual(["a", "b"]);
});

test("tells which partitions come and go, and has committed what was done of those that go", async () => {
  await using cluster = await clusterWith(2, ["a", "b", "c", "d"]);
  const told: string[] = [];
  const tell =
    (member: string) =>
    ({ kind, partitions }: PartitionsMoved) =>
      void told.push(`${member} ${kind} ${partitions.map(({ partition }) => partition).join()}`);
  const options = { groupId: "g", topics: ["t"] };
  const seen: string[] = [];
  const first = new Consumer(cluster, { ...options, onPartitionsMoved: tell("first") });
  const firstEnds = (async () => {
    for await (const { value } of first) seen.push(String(value));
  })();
  await expect.poll(() => seen.length).toBe(4);
  const second = new Consumer(cluster, { ...options, onPartitionsMoved: tell("second") });
  const secondEnds = (async () => {
    for await (const { value } of second) seen.push(String(value));
  })();
  await expect.poll(() => told.length).toBe(3);
  const moved = told[1]!.at(-1);
  expect(told).toEqual(["first assigned 0,1", `first revoked ${moved}`, `second assigned ${moved}`]);
  await Promise.all([first.close(), second.close()]);
  await Promise.all([firstEnds, secondEnds]);
  expect(seen).toHaveLength(4);
});

test.each(["records", "batches"] as const)(
  "a loop over %s ends when the consumer is closed while it asks for more",
  async (kind) => {
    await using cluster = await clusterWith(1, []);
    const consumer = new Consumer(cluster, { groupId: "g", topics: ["t"] });
    const more = (kind === "records" ? consumer[Symbol.asyncIterator]() : consumer.batches()).next();
    await Promise.all([consumer.close(), expect(more).resolves.toMatchObject({ done: true })]);
  },
);
