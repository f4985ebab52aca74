import { deepEqual, equal, rejects } from "node:assert/strict";
import { MemberLostError } from "../port/errors.js";
import type { GroupMetadata } from "../port/consumer.js";
import type { Declare } from "./contract.js";
import { ContractMember, pollUntil } from "./group-member.js";
import { appendAll, readToEnd, topicOf, transactional, writeAll } from "./records-at-hand.js";

/** Rules of committing a group's offsets in a transaction (KIP-447). */
export function transactionOffsets(test: Declare): void {
  test("offsets count once the transaction is committed, with their metadata; an abort drops them", async ({
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("offsets"));
    const member = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    const producer = await transactional(client, name("id"));
    for (const [offset, ending] of [
      [1, "commit"],
      [2, "abort"],
    ] as const) {
      producer.begin();
      await producer.sendOffsets(
        new Map([[partition, { offset, metadata: `m${offset}` }]]),
        member.consumer.groupMetadata(),
      );
      await producer[ending]();
      const committed = await member.consumer.committed([partition], { stable: true });
      deepEqual(plain(committed.get(partition)), [1, "m1"]);
    }
  });

  test("a stable look at offsets waits for the transaction, an unstable one does not", async ({ client, name }) => {
    const partition = await topicOf(client, name("stable"));
    const member = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    const producer = await transactional(client, name("id"));
    producer.begin();
    await producer.sendOffsets(new Map([[partition, { offset: 7 }]]), member.consumer.groupMetadata());
    equal((await member.consumer.committed([partition], { stable: false })).get(partition), null);
    let answered = false;
    const stable = member.consumer.committed([partition], { stable: true }).finally(() => (answered = true));
    await member.poll(50);
    equal(answered, false);
    await producer.commit();
    equal((await stable).get(partition)?.offset, 7);
  });

  test("a new owner starts after the pending transaction, not before", async ({ client, name }) => {
    const partition = await topicOf(client, name("handover"));
    await writeAll(client, partition.topic, ["a=0", "b=1", "c=2"]);
    const first = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([partition.topic]);
    await pollUntil([first], () => first.rows.length === 3);
    const producer = await transactional(client, name("id"));
    producer.begin();
    await producer.sendOffsets(new Map([[partition, { offset: 2 }]]), first.consumer.groupMetadata());
    await first.consumer.close();
    const second = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([partition.topic]);
    await pollUntil([second], () => second.owned.length === 1);
    await second.poll(50);
    deepEqual(second.rows, []);
    await producer.commit();
    await pollUntil([second], () => second.rows.length === 1);
    deepEqual(second.rows, ["2:c=2"]);
  });

  test("a stale generation or an unknown member is refused, and the transaction must be aborted", async ({
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("stale"));
    const groupId = name("group");
    const member = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    const current = member.consumer.groupMetadata();
    const stale: GroupMetadata[] = [
      { ...current, generation: current.generation - 1 },
      { ...current, memberId: "nobody" },
    ];
    const producer = await transactional(client, name("id"));
    for (const group of stale) {
      producer.begin();
      appendAll(producer, partition.topic, ["a=1"]);
      await producer.flush();
      await rejects(producer.sendOffsets(new Map([[partition, { offset: 9 }]]), group), MemberLostError);
      await rejects(producer.commit());
      await producer.abort();
    }
    equal((await member.consumer.committed([partition], { stable: true })).get(partition), null);
    deepEqual(await readToEnd(client, partition, "read_committed"), []);
  });

  test("a transaction may hold offsets of a group without members", async ({ client, name }) => {
    const partition = await topicOf(client, name("no-members"));
    const groupId = name("group");
    const producer = await transactional(client, name("id"));
    producer.begin();
    const outsider = { groupId, generation: -1, memberId: "", instanceId: null };
    await producer.sendOffsets(new Map([[partition, { offset: 3 }]]), outsider);
    await producer.commit();
    const consumer = client.groupConsumer({ groupId, isolation: "read_committed", offsetReset: { fallback: "none" } });
    equal((await consumer.committed([partition], { stable: true })).get(partition)?.offset, 3);
    await consumer.close();
  });
}

const plain = (committed: { offset: number; metadata?: string } | null | undefined) =>
  committed == null ? null : [committed.offset, committed.metadata];
