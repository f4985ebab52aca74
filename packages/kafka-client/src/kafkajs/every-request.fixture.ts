import { sleep, type Environment } from "@millrace/kernel";
import { ContractMember } from "../conformance/group-member.js";
import { appendAll, readToEnd } from "../conformance/records-at-hand.js";
import type { KafkaClient } from "../port/client.js";
import { tp } from "../port/topic-partition.js";

/** Every kind of request this client sends, with its key in Kafka's protocol. */
export const everyRequest: Readonly<Record<string, number>> = {
  ...{ Produce: 0, Fetch: 1, ListOffsets: 2, Metadata: 3, OffsetCommit: 8, OffsetFetch: 9, FindCoordinator: 10 },
  ...{ JoinGroup: 11, Heartbeat: 12, LeaveGroup: 13, SyncGroup: 14, DescribeGroups: 15, ListGroups: 16 },
  ...{ ApiVersions: 18, CreateTopics: 19, DeleteTopics: 20, DeleteRecords: 21, InitProducerId: 22 },
  ...{ AddPartitionsToTxn: 24, AddOffsetsToTxn: 25, EndTxn: 26, TxnOffsetCommit: 28, DescribeConfigs: 32 },
  ...{ CreatePartitions: 37, DeleteGroups: 42, IncrementalAlterConfigs: 44, ConsumerGroupDescribe: 69 },
};

/** What {@link sendEveryRequest} finds when nothing was lost and nothing was done twice. */
export const allWentWell = {
  partitions: 3,
  messageBytes: "500000",
  plain: ["0:a=1", "1:b=2"],
  committed: ["0:c=3", "4:e=5"],
  member: ["0:a=1", "1:b=2"],
  memberOffset: 2,
  groupListed: true,
  transactionOffset: 7,
  alteredOffset: 1,
  groupState: "Dead" as string | undefined,
  groupsLeft: 0,
  logStart: 2,
  topicLeft: null,
};

/** Uses a client in every way there is; the names begin with `stem`, and must be new. */
export async function sendEveryRequest(
  client: KafkaClient,
  { scheduler }: Environment,
  stem: string,
): Promise<typeof allWentWell> {
  const [topic, outputs, group] = [`${stem}-plain`, `${stem}-output`, `${stem}-group`];
  const admin = client.admin();
  await admin.createTopics([
    { name: topic, partitions: 2 },
    { name: outputs, partitions: 1 },
  ]);
  await admin.createPartitions(topic, 3);
  await admin.alterTopicConfigs(topic, { "max.message.bytes": allWentWell.messageBytes });
  const partitions = (await admin.describeTopics([topic])).get(topic)?.partitions ?? 0;
  const messageBytes = (await admin.topicConfigs([topic])).get(topic)?.["max.message.bytes"] ?? "";
  const plain = tp(topic, 0);
  const producer = client.producer({});
  appendAll(producer, topic, ["a=1", "b=2"]);
  await producer.flush();
  await transact(client, outputs, stem);
  const member = new ContractMember(
    client,
    { groupId: group, sessionTimeoutMs: 2_000, maxPollIntervalMs: 5_000 },
    "cooperative",
  );
  member.subscribe([topic]);
  while (member.rows.length < 2) await member.poll();
  // At least one heartbeat.
  for (let polls = 0; polls < 10; polls++) await member.poll();
  await commitUntilTaken(member, topic);
  const memberOffset = (await member.consumer.committed([plain], { stable: true })).get(plain)?.offset ?? -1;
  await member.consumer.close();
  const groupListed = (await admin.listGroups()).some(({ groupId }) => groupId === group);
  while ((await admin.describeGroups([group]))[0]?.state !== "Empty") await sleep(scheduler, 100);
  await admin.alterGroupOffsets(group, new Map([[plain, 1]]));
  const alteredOffset = (await admin.groupOffsets(group)).get(plain)?.offset ?? -1;
  const transactionOffset = (await admin.groupOffsets(`${stem}-origin`)).get(plain)?.offset ?? -1;
  await admin.deleteGroups([group]);
  const groupState = (await admin.describeGroups([group]))[0]?.state;
  const groupsLeft = (await admin.listGroups()).filter(({ groupId }) => groupId === group).length;
  const read = {
    plain: await readToEnd(client, plain, "read_uncommitted"),
    committed: await readToEnd(client, tp(outputs, 0), "read_committed"),
  };
  await admin.deleteRecords(new Map([[plain, 2]]));
  const logStart = (await admin.listOffsets([plain], "earliest", "read_uncommitted")).get(plain)!;
  await admin.deleteTopics([topic]);
  const topicLeft = ((await admin.describeTopics([topic])).get(topic) ?? null) as null;
  await producer.close();
  return {
    ...{ partitions, messageBytes, ...read, member: member.rows, memberOffset, groupListed, transactionOffset },
    ...{ alteredOffset, groupState, groupsLeft, logStart, topicLeft },
  };
}

/** One that commits, one that aborts, one more that commits: offsets 0, 2 and 4 with their markers between. */
async function transact(client: KafkaClient, topic: string, stem: string): Promise<void> {
  const producer = client.producer({ transactionalId: `${stem}-transactional` });
  await producer.init();
  const origin = { groupId: `${stem}-origin`, generation: -1, memberId: "", instanceId: null };
  for (const [pair, outcome] of [
    ["c=3", "commit"],
    ["d=4", "abort"],
    ["e=5", "commit"],
  ] as const) {
    producer.begin();
    appendAll(producer, topic, [pair]);
    await producer.flush();
    if (outcome === "commit") await producer.sendOffsets(new Map([[tp(`${stem}-plain`, 0), { offset: 7 }]]), origin);
    await producer[outcome]();
  }
  await producer.close();
}

/** A member may be told to rejoin just then. */
async function commitUntilTaken(member: ContractMember, topic: string): Promise<void> {
  for (;;) {
    try {
      return await member.consumer.commit(new Map([[tp(topic, 0), { offset: 2 }]]));
    } catch (error) {
      if ((error as { code?: string }).code !== "MILLRACE_REBALANCE_IN_PROGRESS") throw error;
      await member.poll();
    }
  }
}
