import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { ContractMember, evenly } from "../conformance/group-member.js";
import { pollRows, topicOf, writeAll } from "../conformance/records-at-hand.js";
import { tp } from "../port/index.js";
import { embedded, type EmbeddedCluster } from "./index.js";

async function inVirtualTime(
  body: (environment: VirtualEnvironment, cluster: EmbeddedCluster) => Promise<void>,
  options: { initialRebalanceDelayMs?: number } = {},
): Promise<void> {
  const environment = virtualEnvironment({ startMs: 1_000_000 });
  const cluster = embedded({ ...options, environment });
  let settled = false;
  const work = body(environment, cluster).finally(() => (settled = true));
  work.catch(() => undefined);
  await environment.scheduler.runUntil(() => settled);
  return work;
}

test("each cluster in memory is one of its own, with its own id", async () => {
  await using one = embedded();
  await using two = embedded();
  await topicOf(one, "t");
  expect(await two.admin().listTopics()).toEqual([]);
  expect(await one.clusterId()).not.toBe(await two.clusterId());
});

test("closing a connected client leaves the cluster and its other clients alone", async () => {
  await using cluster = embedded();
  await topicOf(cluster, "t");
  const [one, two] = [cluster.connect(), cluster.connect()];
  const producer = two.producer({});
  await one.close();
  expect(() => one.producer({})).toThrow(/closed/);
  producer.append("t", 0, null, null, 0);
  expect(await producer.flush()).toEqual(new Map([[tp("t", 0), 1]]));
});

test("a topic is created by writing to it only where that was asked for", async () => {
  await using strict = embedded();
  expect(() => strict.producer({}).append("t", 0, null, null, 0)).toThrow(/autoCreateTopics/);
  await using lenient = embedded({ autoCreateTopics: true, partitions: 3 });
  lenient.producer({}).append("t", 2, null, null, 0);
  expect((await lenient.admin().describeTopics(["t"])).get("t")?.partitions).toBe(3);
});

test("a member whose timers stand still loses its session; the others take over; it learns by onLost", async () => {
  await inVirtualTime(async (environment, cluster) => {
    await topicOf(cluster, "t", 2);
    const frozen = virtualEnvironment();
    const config = { groupId: "g", sessionTimeoutMs: 10_000 };
    const member = new ContractMember(cluster.connect(), config, "cooperative").subscribe(["t"]);
    // Its heartbeats come from a scheduler that nobody moves: a paused process.
    const zombie = new ContractMember(
      cluster.connect({ scheduler: frozen.scheduler }),
      config,
      "cooperative",
    ).subscribe(["t"]);
    const pollBoth = () => Promise.all([member.poll(), zombie.consumer.poll(0).then(() => undefined)]);
    const moving = setInterval(() => void frozen.scheduler.advanceBy(0), 0);
    while (!evenly([member, zombie], 2)) await pollBoth();
    const owned = zombie.owned.join();
    while (member.owned.length < 2) await member.poll(500);
    expect(environment.clock.monotonicMs()).toBeGreaterThan(9_000);
    await expect(zombie.consumer.commit(new Map([[tp("t", 0), { offset: 1 }]]))).rejects.toThrow(/no member/);
    await zombie.consumer.poll(0);
    clearInterval(moving);
    expect(zombie.events.filter((event) => event.startsWith("lost"))).toEqual([`lost ${owned}`]);
  });
});

test("a poll loop that always finds data lets timers run", async () => {
  await using cluster = embedded();
  await topicOf(cluster, "t");
  const producer = cluster.producer({ batchBytes: 100 });
  for (let index = 0; index < 2_000; index++) producer.append("t", 0, null, Buffer.alloc(60), index);
  await producer.flush();
  const consumer = cluster.restoreConsumer({ isolation: "read_committed", fetchMaxBytesPerPartition: 1 });
  consumer.assign(new Map([[tp("t", 0), 0]]));
  let fired = false;
  setTimeout(() => (fired = true), 1);
  for (let polls = 0; !fired && polls < 1_000_000; polls++) {
    await consumer.poll(1_000);
    if (consumer.position(tp("t", 0)) > 1_000) consumer.seek(tp("t", 0), 0);
  }
  expect(fired).toBe(true);
});

test("members that start together share the first round when the group waits for them", async () => {
  await inVirtualTime(
    async (_, cluster) => {
      await topicOf(cluster, "t", 2);
      const members = [1, 2].map(() => new ContractMember(cluster, { groupId: "g" }, "eager").subscribe(["t"]));
      while (!evenly(members, 2)) await Promise.all(members.map((member) => member.poll(100)));
      expect(members.map((member) => member.consumer.groupMetadata().generation)).toEqual([1, 1]);
    },
    { initialRebalanceDelayMs: 3_000 },
  );
});

test("what is too old, and what is too much, is dropped from the front by maintenance", async () => {
  await inVirtualTime(async (environment, cluster) => {
    const byAge = await topicOf(cluster, "by-age", 1, { "retention.ms": "1000" });
    const bySize = await topicOf(cluster, "by-size", 1, { "retention.bytes": "130" });
    const nowMs = environment.clock.nowMs();
    for (const [topic, ages] of [
      ["by-age", [5_000, 1_500, 500]],
      ["by-size", [3, 2, 1]],
    ] as const) {
      for (const ageMs of ages) {
        const producer = cluster.producer({});
        producer.append(topic, 0, null, null, nowMs - ageMs);
        await producer.flush();
      }
    }
    await cluster.runMaintenance();
    const starts = await cluster.admin().listOffsets([byAge, bySize], "earliest", "read_committed");
    expect([...starts.values()]).toEqual([2, 1]);
  });
});

test("maintenance runs by itself, now and then", async () => {
  await inVirtualTime(async (environment, cluster) => {
    const partition = await topicOf(cluster, "t", 1, { "retention.ms": "1000" });
    await writeAll(cluster, "t", ["a=1"]);
    const consumer = cluster.restoreConsumer({ isolation: "read_committed" });
    while (environment.clock.monotonicMs() < 301_000) await consumer.poll(10_000);
    expect(await cluster.admin().listOffsets([partition], "earliest", "read_committed")).toEqual(
      new Map([[partition, 1]]),
    );
  });
});

test("a topic may stamp records with the time of their append", async () => {
  await inVirtualTime(async (environment, cluster) => {
    const partition = await topicOf(cluster, "t", 1, { "message.timestamp.type": "LogAppendTime" });
    await writeAll(cluster, "t", ["a=1", "b=2"]);
    const consumer = cluster.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    for (const { records } of await consumer.poll(10)) {
      while (records.next()) expect(records.timestamp).toBe(environment.clock.nowMs());
    }
  });
});

test("a compacted topic refuses records without a key", async () => {
  await using cluster = embedded();
  await topicOf(cluster, "t", 1, { "cleanup.policy": "compact" });
  expect(() => cluster.producer({}).append("t", 0, null, null, 0)).toThrow(/needs a key/);
  expect(await pollRows(readerOf(cluster), 1)).toEqual([]);
});

function readerOf(cluster: EmbeddedCluster) {
  const consumer = cluster.restoreConsumer({ isolation: "read_committed" });
  consumer.assign(new Map([[tp("t", 0), 0]]));
  return { poll: () => consumer.poll(1) };
}
