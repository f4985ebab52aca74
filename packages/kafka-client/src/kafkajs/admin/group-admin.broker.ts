import { canStartBrokers, joinByJava, prepareJavaPrograms, sharedBrokers } from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { kafka } from "../kafka.js";
import type { KafkajsClient } from "../kafkajs-client.js";

const PREPARE_MS = 300_000;

describe.runIf(canStartBrokers)("a group whose members are Java's consumers", () => {
  const brokers = sharedBrokers();
  let client: KafkajsClient;
  beforeAll(async () => {
    await prepareJavaPrograms();
    client = kafka({ brokers });
  }, PREPARE_MS);
  afterAll(() => client?.close());

  test.each([
    ["classic", "range"],
    ["consumer", "uniform"],
  ] as const)("of the type %s is listed and described with its members", async (type, protocol) => {
    const groupId = `java-${type}-${systemRandomness.uuid().slice(0, 8)}`;
    const admin = client.admin();
    await admin.createTopics([{ name: groupId, partitions: 2 }]);
    const member = await joinByJava(brokers, groupId, groupId, type);
    expect((await admin.listGroups()).filter((group) => group.groupId === groupId)).toEqual([
      { groupId, state: "Stable", type },
    ]);
    expect(await admin.describeGroups([groupId])).toEqual([
      {
        ...{ groupId, state: "Stable", type, protocol },
        members: [
          {
            ...{ memberId: expect.any(String), instanceId: null, clientId: `java-${type}` },
            partitions: [tp(groupId, 0), tp(groupId, 1)],
          },
        ],
      },
    ]);
    await member.close();
    expect(await admin.describeGroups([groupId])).toMatchObject([{ groupId, state: "Empty", type, members: [] }]);
    await admin.deleteGroups([groupId]);
    expect(await admin.describeGroups([groupId])).toMatchObject([{ groupId, state: "Dead", members: [] }]);
  });
});
