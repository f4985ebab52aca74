import { deepEqual, equal, rejects } from "node:assert/strict";
import { ClientError, MissingTopicError } from "../port/errors.js";
import { tp } from "../port/topic-partition.js";
import type { Declare } from "./contract.js";
import { ContractMember, pollUntil } from "./group-member.js";
import { bytes, topicOf, writeAll } from "./records-at-hand.js";

/** Rules of topics, offsets and groups as administrators see them. */
export function administration(test: Declare): void {
  test("a topic that exists with the same partition count is success, with another an error", async ({
    client,
    name,
  }) => {
    const topic = name("made");
    const admin = client.admin();
    await admin.createTopics([{ name: topic, partitions: 2 }]);
    await admin.createTopics([{ name: topic, partitions: 2 }]);
    await rejects(admin.createTopics([{ name: topic, partitions: 3 }]), ClientError);
    const described = await admin.describeTopics([topic, name("absent")]);
    equal(described.get(topic)?.partitions, 2);
    equal(described.get(topic)?.placement.length, 2);
    for (const { leader, replicas, inSync } of described.get(topic)!.placement) {
      equal(replicas.length >= 1 && inSync.includes(leader!), true);
      deepEqual(inSync.toSorted(), replicas.toSorted());
    }
    equal(described.get(name("absent")), null);
    equal((await admin.listTopics()).includes(topic), true);
    equal((await admin.clusterView([topic])).topics.get(topic)?.partitions, 2);
  });

  test("a topic made again under the same name is another one", async ({ client, name }) => {
    const topic = name("again");
    const partition = await topicOf(client, topic);
    const admin = client.admin();
    await writeAll(client, topic, ["a=1"]);
    const before = (await admin.describeTopics([topic])).get(topic)?.topicId;
    await admin.deleteTopics([topic]);
    equal((await admin.describeTopics([topic])).get(topic), null);
    await topicOf(client, topic);
    const after = (await admin.describeTopics([topic])).get(topic)?.topicId;
    equal(before === undefined || before !== after, true);
    deepEqual(await admin.listOffsets([partition], "latest", "read_committed"), new Map([[partition, 0]]));
  });

  test("settings are kept, changed one by one, and listed with their defaults", async ({ client, name }) => {
    const topic = name("settings");
    await topicOf(client, topic, 1, { "cleanup.policy": "compact" });
    const admin = client.admin();
    await admin.alterTopicConfigs(topic, { "retention.ms": "12345" });
    const configs = (await admin.topicConfigs([topic])).get(topic);
    equal(configs?.["cleanup.policy"], "compact");
    equal(configs?.["retention.ms"], "12345");
    equal(configs?.["message.timestamp.type"], "CreateTime");
    await rejects(admin.topicConfigs([name("absent")]), MissingTopicError);
  });

  test("offsets are found by time, at both ends, and per isolation", async ({ client, name }) => {
    const partition = await topicOf(client, name("times"));
    const producer = client.producer({ batchBytes: 200 });
    for (const timestamp of [100, 300, 200, 400])
      producer.append(partition.topic, 0, bytes("k"), Buffer.alloc(100), timestamp);
    await producer.flush();
    const admin = client.admin();
    const at = async (when: "earliest" | "latest" | number) =>
      (await admin.listOffsets([partition], when, "read_committed")).get(partition);
    deepEqual(
      [await at("earliest"), await at(0), await at(101), await at(400), await at(401), await at("latest")],
      [0, 0, 1, 3, 4, 4],
    );
  });

  test("group offsets are read and, while nobody is in it, changed", async ({ client, name }) => {
    const partition = await topicOf(client, name("offsets"));
    const groupId = name("group");
    const admin = client.admin();
    await admin.alterGroupOffsets(groupId, new Map([[partition, 4]]));
    equal((await admin.groupOffsets(groupId)).get(partition)?.offset, 4);
    const member = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    await rejects(admin.alterGroupOffsets(groupId, new Map([[partition, 5]])), ClientError);
    const [described] = await admin.describeGroups([groupId]);
    deepEqual([described?.state, described?.type, described?.members.length], ["Stable", "classic", 1]);
    deepEqual(described?.members[0]?.partitions, [partition]);
    await rejects(admin.deleteGroups([groupId]), ClientError);
    await member.consumer.close();
    await admin.deleteGroups([groupId]);
    deepEqual(await admin.describeGroups([groupId]), [
      { groupId, state: "Dead", type: "classic", protocol: "", members: [] },
    ]);
    equal((await admin.groupOffsets(groupId)).size, 0);
    equal(
      (await admin.listGroups()).some((group) => group.groupId === groupId),
      false,
    );
  });

  test("asking for what does not exist is a typed error", async ({ client, name }) => {
    const admin = client.admin();
    const absent = tp(name("absent"), 0);
    await rejects(admin.listOffsets([absent], "latest", "read_committed"), MissingTopicError);
    await rejects(admin.deleteTopics([absent.topic]), MissingTopicError);
    await rejects(admin.createPartitions(absent.topic, 3), MissingTopicError);
  });

  test("the cluster tells its id, the same to every client", async ({ world, client }) => {
    const other = world.connect();
    equal(await client.clusterId(), await other.clusterId());
    await other.close();
  });
}
