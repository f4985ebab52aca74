import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { sleep } from "@millrace/kernel";
import { GroupProtocolError, InstanceFencedError, MemberLostError, RebalanceInProgressError } from "../port/errors.js";
import { LATE_MS_MAX, type Declare } from "./contract.js";
import { ContractMember, evenly, pollUntil } from "./group-member.js";
import { bytes, topicOf, transactional, writeAll } from "./records-at-hand.js";

/** Rules of membership: callbacks and their order, both protocols, losing and leaving. */
export function groupRebalances(test: Declare): void {
  test("the first round: user data, assign, onAssignment, onAssigned, then records", async ({ client, name }) => {
    const partition = await topicOf(client, name("first"), 2);
    await writeAll(client, partition.topic, ["a=0"]);
    const member = new ContractMember(client, { groupId: name("group") }, "cooperative").subscribe([partition.topic]);
    await pollUntil([member], () => member.rows.length === 1);
    deepEqual(member.events, ["userData", "assign", "onAssignment", "assigned 0,1"]);
    deepEqual(member.owned, [0, 1]);
    equal(member.consumer.groupMetadata().generation > 0, true);
  });

  test("eager: all is revoked before each join, and may still be committed there", async ({ client, name }) => {
    const partition = await topicOf(client, name("eager"), 4);
    const groupId = name("group");
    const one = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([one], () => one.owned.length === 4);
    one.events.length = 0;
    one.onRevoked = () => one.consumer.commit(new Map([[partition, { offset: 5 }]]));
    const two = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    await pollUntil([one, two], () => evenly([one, two], 4));
    deepEqual(one.events.slice(0, 2), ["revoked 0,1,2,3", "userData"]);
    deepEqual(one.events.at(-1), `assigned ${one.owned.join()}`);
    const committed = await one.consumer.committed([partition], { stable: true });
    equal(committed.get(partition)?.offset, 5);
  });

  test("cooperative: only what moves is revoked, the rest is never interrupted", async ({ client, name }) => {
    const partition = await topicOf(client, name("cooperative"), 4);
    const groupId = name("group");
    const one = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    await pollUntil([one], () => one.owned.length === 4);
    one.events.length = 0;
    const two = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    await pollUntil([one, two], () => evenly([one, two], 4));
    const moved = one.events.filter((event) => event.startsWith("revoked"));
    deepEqual(moved, [`revoked ${two.owned.join()}`]);
    equal(
      one.events.some((event) => event.startsWith("assigned ") && event !== "assigned "),
      false,
    );
    equal(two.events.filter((event) => event.startsWith("revoked")).length, 0);
  });

  test("cooperative: retained partitions are delivered while a join is in flight, and poll keeps its time", async ({
    world,
    client,
    name,
  }) => {
    const { clock } = world.environment;
    const { lateMsMax = LATE_MS_MAX } = world;
    const topic = name("in-flight");
    await topicOf(client, topic, 2);
    const groupId = name("group");
    const one = new ContractMember(client, { groupId }, "cooperative").subscribe([topic]);
    const two = new ContractMember(client, { groupId }, "cooperative").subscribe([topic]);
    await pollUntil([one, two], () => evenly([one, two], 2));
    const generation = one.consumer.groupMetadata().generation;
    // The third makes everybody join again; the second does not poll, so the round cannot end.
    const three = new ContractMember(client, { groupId }, "cooperative").subscribe([topic]);
    const producer = client.producer({});
    for (const number of [0, 1]) producer.append(topic, number, bytes("k"), bytes("v"), 0);
    const rejoined = () => one.events.filter((event) => event === "userData").length >= 2;
    for (let polls = 0; polls < 5 || !rejoined(); polls++) {
      const startMs = clock.monotonicMs();
      await Promise.all([one.poll(30), three.poll(30)]);
      equal(clock.monotonicMs() - startMs <= 30 + lateMsMax, true);
    }
    producer.append(topic, one.owned[0]!, bytes("k"), bytes("during"), 0);
    await producer.flush();
    await pollUntil([one, three], () => one.rows.some((row) => row.endsWith("during")));
    equal(two.rows.length, 0);
    equal(one.consumer.groupMetadata().generation, generation);
    await pollUntil([one, two, three], () => three.events.includes("onAssignment"));
    await pollUntil([one, two, three], () => [one, two, three].every(({ consumer }) => !consumer.joining));
  });

  test("who assigns otherwise than the members is refused, which they do not notice, and let in once they have gone", async ({
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("otherwise"), 2);
    const groupId = name("group");
    const member = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 2);
    const events = member.events.length;
    const stranger = new ContractMember(client, { groupId }, "eager").subscribe([partition.topic]);
    const refused = (): Promise<void> => rejects(() => pollUntil([stranger], () => false), GroupProtocolError);
    await refused();
    await refused();
    await member.poll();
    deepEqual([member.events.length, member.owned.length, stranger.owned.length], [events, 2, 0]);
    await member.consumer.close();
    await pollUntil([stranger], () => stranger.owned.length === 2);
  });

  test("leaving hands partitions over; close runs onRevoked", async ({ client, name }) => {
    const partition = await topicOf(client, name("leaving"), 4);
    const groupId = name("group");
    const one = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    const two = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    await pollUntil([one, two], () => evenly([one, two], 4));
    const owned = one.owned.join();
    await one.consumer.close();
    equal(one.events.at(-1), `revoked ${owned}`);
    await pollUntil([two], () => two.owned.length === 4);
  });

  test("a member that does not poll in time is out: others get its partitions, it may not commit, it learns by onLost", async ({
    world,
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("idle"), 2);
    const timing = { groupId: name("group"), sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 };
    const idle = new ContractMember(client, { ...timing, maxPollIntervalMs: 2_000 }, "eager").subscribe([
      partition.topic,
    ]);
    await pollUntil([idle], () => idle.owned.length === 2);
    const owned = idle.owned.join();
    const other = new ContractMember(client, { ...timing, maxPollIntervalMs: 60_000 }, "eager").subscribe([
      partition.topic,
    ]);
    await sleep(world.environment.scheduler, 3_000);
    await pollUntil([other], () => other.owned.length === 2);
    await rejects(idle.consumer.commit(new Map([[partition, { offset: 1 }]])), MemberLostError);
    await idle.poll();
    deepEqual(
      idle.events.filter((event) => /^(lost|revoked)/.test(event)),
      [`lost ${owned}`],
    );
    await pollUntil([idle, other], () => evenly([idle, other], 2));
  });

  test("a member that is out may not commit in a transaction either, before and after it has learned so", async ({
    world,
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("zombie"), 1);
    const timing = { groupId: name("group"), sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 };
    const zombie = new ContractMember(client, { ...timing, maxPollIntervalMs: 2_000 }, "cooperative").subscribe([
      partition.topic,
    ]);
    await pollUntil([zombie], () => zombie.owned.length === 1);
    const other = new ContractMember(client, { ...timing, maxPollIntervalMs: 60_000 }, "cooperative").subscribe([
      partition.topic,
    ]);
    await sleep(world.environment.scheduler, 3_000);
    await pollUntil([other], () => other.owned.length === 1);
    const producer = await transactional(client, name("id"));
    for (const learn of [false, true]) {
      if (learn) await zombie.poll(0);
      producer.begin();
      const group = zombie.consumer.groupMetadata();
      await rejects(producer.sendOffsets(new Map([[partition, { offset: 1 }]]), group), (error) => {
        const meant = zombie.consumer.offsetsRefused(error, group);
        // Once it knows, it is on its way back in.
        ok(meant instanceof (learn ? RebalanceInProgressError : MemberLostError));
        return error instanceof MemberLostError;
      });
      await producer.abort();
    }
    equal((await other.consumer.committed([partition], { stable: true })).get(partition), null);
  });

  test("cooperative: what is retained may be committed while a join is in flight", async ({ client, name }) => {
    const partition = await topicOf(client, name("committing"), 2);
    const groupId = name("group");
    const one = new ContractMember(client, { groupId }, "cooperative");
    const two = new ContractMember(client, { groupId }, "cooperative");
    for (const member of [one, two]) member.subscribe([partition.topic]);
    await pollUntil([one, two], () => evenly([one, two], 2));
    const joined = one.events.length;
    const three = new ContractMember(client, { groupId }, "cooperative").subscribe([partition.topic]);
    await pollUntil([one, three], () => one.events.slice(joined).includes("userData"));
    equal(one.consumer.joining, true);
    const [owned] = one.consumer.assignment();
    await one.consumer.commit(new Map([[owned!, { offset: 1 }]]));
    equal((await one.consumer.committed([owned!], { stable: true })).get(owned!)?.offset, 1);
    await pollUntil([one, two, three], () => three.events.includes("onAssignment"));
  });

  test("heartbeats keep a member that polls rarely", async ({ world, client, name }) => {
    const partition = await topicOf(client, name("rare"), 1);
    const timing = { groupId: name("group"), sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 };
    const member = new ContractMember(client, timing, "eager").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    await sleep(world.environment.scheduler, 8_000);
    await member.poll();
    await member.consumer.commit(new Map([[partition, { offset: 1 }]]));
    equal(member.events.filter((event) => event.startsWith("assigned")).length, 1);
  });

  test("user data travels: from each member to the leader, and from it to each", async ({ client, name }) => {
    const partition = await topicOf(client, name("user-data"), 2);
    const groupId = name("group");
    const members = ["one", "two"].map((word) => {
      const member = new ContractMember(client, { groupId }, "eager");
      member.userData = bytes(word);
      return member.subscribe([partition.topic]);
    });
    await pollUntil(members, () => evenly(members, 2));
    const lastOf = (member: ContractMember | undefined) =>
      member?.events.filter((event) => event.startsWith("onAssignment")).at(-1);
    deepEqual(members.map(lastOf), ["onAssignment one", "onAssignment two"]);
  });

  test("static: who comes back with its instance id gets its partitions without a rebalance", async ({
    client,
    name,
  }) => {
    if (!client.capabilities.staticMembership) return;
    const partition = await topicOf(client, name("static"), 2);
    const groupId = name("group");
    const config = (groupInstanceId: string) => ({ groupId, groupInstanceId });
    const one = new ContractMember(client, config("i1"), "eager").subscribe([partition.topic]);
    const two = new ContractMember(client, config("i2"), "eager").subscribe([partition.topic]);
    await pollUntil([one, two], () => evenly([one, two], 2));
    const { generation } = two.consumer.groupMetadata();
    const before = two.owned.join();
    await one.consumer.close();
    const again = new ContractMember(client, config("i1"), "eager").subscribe([partition.topic]);
    await pollUntil([again, two], () => evenly([again, two], 2));
    deepEqual([two.consumer.groupMetadata().generation, two.owned.join()], [generation, before]);
  });

  test("static: a second consumer with the same instance id fences the first", async ({ client, name }) => {
    if (!client.capabilities.staticMembership) return;
    const partition = await topicOf(client, name("taken"), 1);
    const config = { groupId: name("group"), groupInstanceId: "i", heartbeatIntervalMs: 500 };
    const first = new ContractMember(client, config, "eager").subscribe([partition.topic]);
    await pollUntil([first], () => first.owned.length === 1);
    const second = new ContractMember(client, config, "eager").subscribe([partition.topic]);
    await pollUntil([second], () => second.owned.length === 1);
    await rejects(
      pollUntil([first], () => false),
      InstanceFencedError,
    );
    await first.consumer.close();
    equal(first.events.at(-1), "lost 0");
    await second.poll();
    deepEqual(second.owned, [0]);
  });

  test("new partitions and new topics of a pattern are taken in", async ({ client, name }) => {
    const stem = name("pattern");
    await topicOf(client, `${stem}-a`, 1);
    const member = new ContractMember(client, { groupId: name("group") }, "cooperative").subscribe(
      new RegExp(`^${stem}-`),
    );
    await pollUntil([member], () => member.owned.length === 1);
    await client.admin().createPartitions(`${stem}-a`, 2);
    await pollUntil([member], () => member.owned.length === 2);
    await topicOf(client, `${stem}-b`, 1);
    await pollUntil([member], () => member.owned.length === 3);
    await client.admin().deleteTopics([`${stem}-a`]);
    await pollUntil([member], () => member.owned.length === 1);
  });

  test("enforceRebalance by the leader makes a new generation", async ({ client, name }) => {
    const partition = await topicOf(client, name("enforced"), 2);
    const member = new ContractMember(client, { groupId: name("group") }, "cooperative").subscribe([partition.topic]);
    await pollUntil([member], () => member.owned.length === 2);
    const { generation } = member.consumer.groupMetadata();
    member.consumer.enforceRebalance("wanted");
    await pollUntil([member], () => member.consumer.groupMetadata().generation > generation);
    deepEqual(member.owned, [0, 1]);
    equal(
      member.events.some((event) => event.startsWith("revoked")),
      false,
    );
  });

  test("subscribing to other topics moves the member over", async ({ client, name }) => {
    const one = await topicOf(client, name("one"), 1);
    const two = await topicOf(client, name("two"), 2);
    const member = new ContractMember(client, { groupId: name("group") }, "eager").subscribe([one.topic]);
    await pollUntil([member], () => member.owned.length === 1);
    member.subscribe([two.topic]);
    await pollUntil([member], () => member.owned.length === 2);
    deepEqual(
      member.consumer.assignment().map(({ topic }) => topic),
      [two.topic, two.topic],
    );
  });
}
