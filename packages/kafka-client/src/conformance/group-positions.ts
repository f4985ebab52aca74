import { deepEqual, equal, rejects } from "node:assert/strict";
import type { OffsetReset } from "../port/consumer.js";
import { OffsetOutOfRangeError } from "../port/errors.js";
import type { Declare } from "./contract.js";
import { ContractMember, pollUntil } from "./group-member.js";
import { bytes, topicOf, writeAll } from "./records-at-hand.js";

/** Rules of committed offsets and of where a member starts. */
export function groupPositions(test: Declare): void {
  test("a member starts at the committed offset, metadata and all", async ({ client, name }) => {
    const partition = await topicOf(client, name("committed"));
    await writeAll(client, partition.topic, ["a=0", "b=1", "c=2"]);
    const groupId = name("group");
    const first = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([first], () => first.rows.length === 3);
    await first.consumer.commit(new Map([[partition, { offset: 2, metadata: "where I was" }]]));
    await first.consumer.close();
    const second = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([second], () => second.rows.length > 0);
    deepEqual(second.rows, ["2:c=2"]);
    const committed = (await second.consumer.committed([partition], { stable: true })).get(partition);
    deepEqual([committed?.offset, committed?.metadata], [2, "where I was"]);
  });

  test("without a committed offset the topic's reset policy decides", async ({ world, client, name }) => {
    const nowMs = world.environment.clock.nowMs();
    const topics = { earliest: name("earliest"), latest: name("latest"), duration: name("duration") };
    const producer = client.producer({});
    for (const topic of Object.values(topics)) {
      await topicOf(client, topic);
      producer.append(topic, 0, bytes("old"), null, Math.max(0, nowMs - 100_000));
      producer.append(topic, 0, bytes("new"), null, nowMs);
    }
    await producer.flush();
    const byTopic = new Map<string, OffsetReset>([
      [topics.earliest, "earliest"],
      [topics.duration, { byDurationMs: 50_000 }],
    ]);
    const offsetReset = { fallback: "latest" as const, byTopic };
    const member = new ContractMember(client, { groupId: name("group"), offsetReset }, "eager").subscribe(
      Object.values(topics),
    );
    await pollUntil([member], () => member.rows.length >= 3);
    deepEqual(member.rows.sort(), ["0:old=null", "1:new=null", "1:new=null"]);
  });

  test("the policy none is a typed error", async ({ client, name }) => {
    const partition = await topicOf(client, name("none"));
    const config = { groupId: name("group"), offsetReset: { fallback: "none" as const } };
    const member = new ContractMember(client, config, "eager").subscribe([partition.topic]);
    await rejects(
      pollUntil([member], () => false),
      OffsetOutOfRangeError,
    );
  });

  test("a position that is gone is reset by the policy", async ({ client, name }) => {
    const partition = await topicOf(client, name("gone"));
    await writeAll(client, partition.topic, ["a=0", "b=1", "c=2"]);
    const groupId = name("group");
    await client.admin().alterGroupOffsets(groupId, new Map([[partition, 0]]));
    await client.admin().deleteRecords(new Map([[partition, 1]]));
    const member = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.rows.length === 2);
    deepEqual(member.rows, ["1:b=1", "2:c=2"]);
  });

  test("a seek inside onAssigned is where reading starts", async ({ client, name }) => {
    const partition = await topicOf(client, name("sought"));
    await writeAll(client, partition.topic, ["a=0", "b=1"]);
    const consumer = client.groupConsumer({
      groupId: name("group"),
      isolation: "read_committed",
      offsetReset: { fallback: "none" },
    });
    const shape = new ContractMember(client, { groupId: name("other") }, "eager");
    consumer.subscribe([partition.topic], shape.assignor, {
      onAssigned: (partitions) => {
        for (const assigned of partitions) consumer.seek(assigned, 1);
        return Promise.resolve();
      },
      onRevoked: () => Promise.resolve(),
      onLost: () => Promise.resolve(),
    });
    let first = -1;
    for (let polls = 0; first < 0 && polls < 50; polls++) {
      for (const { records } of await consumer.poll(50)) if (records.next()) first = records.offset;
    }
    equal(first, 1);
    await consumer.close();
  });

  test("lag counts what is left, as of the last fetch", async ({ client, name }) => {
    const partition = await topicOf(client, name("lagging"));
    await writeAll(client, partition.topic, ["a=0", "b=1", "c=2"]);
    const member = new ContractMember(client, { groupId: name("group"), maxPollRecords: 1 }, "eager").subscribe([
      partition.topic,
    ]);
    equal(member.consumer.lag(partition), undefined);
    await pollUntil([member], () => member.rows.length === 1);
    equal(member.consumer.lag(partition), 2);
    await pollUntil([member], () => member.rows.length === 3);
    equal(member.consumer.lag(partition), 0);
  });

  test("tryPoll gives what is there without waiting, and null when a rebalance is due", async ({ client, name }) => {
    const partition = await topicOf(client, name("sync"));
    const member = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([partition.topic]);
    equal(member.consumer.tryPoll(), null);
    await pollUntil([member], () => member.owned.length === 1);
    deepEqual(member.consumer.tryPoll(), []);
    await writeAll(client, partition.topic, ["a=0"]);
    for (let tries = 0; member.rows.length === 0 && tries < 100; tries++) {
      for (const { records } of member.consumer.tryPoll() ?? []) while (records.next()) member.rows.push("got");
      if (member.rows.length === 0) await client.admin().listTopics();
    }
    deepEqual(member.rows, ["got"]);
    member.consumer.enforceRebalance("because");
    equal(member.consumer.tryPoll(), null);
  });
}
