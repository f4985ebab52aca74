import {
  tp,
  type ClusterView,
  type GroupConsumer,
  type MemberSubscription,
  type TopicPartition,
} from "@millrace/kafka-client";
import { expect, test } from "vitest";
import { decodeMemberData, type InstancePlacement } from "../assignment/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { Topology } from "../topology/index.js";
import { StreamAssignor, type StreamAssignorOptions } from "./stream-assignor.js";
import { WorkerPlan } from "./worker-plan.js";

const topology = new Topology({ key: serdes.string, value: serdes.string })
  .addSource({ name: "a", topics: ["a1", "a2"] })
  .addSink({ name: "out", topic: "out", parents: ["a"] });
const plan = new WorkerPlan(topology.physical(), "app");
const cluster: ClusterView = {
  topics: new Map([
    ["a1", { name: "a1", partitions: 4 }],
    ["a2", { name: "a2", partitions: 2 }],
  ]),
};

const nothing = async (): Promise<void> => {};

const SAID = { processId: "p", host: null, tags: {}, restoring: [], standby: [], stateOffsets: new Map() };

function assignor(
  protocol: "eager" | "cooperative",
  rejoin: () => void = () => {},
  more: Partial<StreamAssignorOptions> = {},
): StreamAssignor {
  return new StreamAssignor({
    ...{ plan, protocol, rejoin, rules: { standbyReplicas: 0, acceptableRecoveryLag: 10_000, maxWarmupReplicas: 2 } },
    ...{ member: () => SAID, changelogEnds: async () => new Map(), onAssigned: () => {} },
    ...more,
  });
}

function member(memberId: string, ownedPartitions: readonly TopicPartition[] = []): MemberSubscription {
  return { memberId, instanceId: null, topics: ["a1", "a2"], ownedPartitions, userData: null };
}

const task = (partition: number): readonly TopicPartition[] =>
  partition < 2 ? [tp("a1", partition), tp("a2", partition)] : [tp("a1", partition)];

test("partitions of one number go together, and members get even shares", async () => {
  const shares = await assignor("cooperative").assign(cluster, [member("one"), member("two")]);
  const all = [...shares.values()].map(({ partitions }) => partitions);
  for (const partitions of all) {
    const numbers = new Set(partitions.map(({ partition }) => partition));
    expect(numbers.size).toBe(2);
    expect(new Set(partitions)).toEqual(new Set([...numbers].flatMap(task)));
  }
  expect(all.flat()).toHaveLength(6);
});

test("under the cooperative protocol a task that moves is withheld until its owner has let go of it", async () => {
  const owned = [0, 1, 2, 3].flatMap(task);
  const first = await assignor("cooperative").assign(cluster, [member("one", owned), member("two")]);
  const kept = first.get("one")?.partitions ?? [];
  expect(new Set(kept.map(({ partition }) => partition)).size).toBe(2);
  expect(first.get("two")?.partitions).toEqual([]);
  const second = await assignor("cooperative").assign(cluster, [member("one", kept), member("two")]);
  expect(new Set(second.get("one")?.partitions)).toEqual(new Set(kept));
  expect(new Set(second.get("two")?.partitions)).toEqual(
    new Set(owned.filter((partition) => !kept.includes(partition))),
  );
});

test("under the eager protocol it moves at once", async () => {
  const shares = await assignor("eager").assign(cluster, [member("one", [0, 1, 2, 3].flatMap(task)), member("two")]);
  expect([...shares.values()].flatMap(({ partitions }) => partitions)).toHaveLength(6);
});

test("who must let go of a task is told so, and has something new to say when it joins again", async () => {
  const asked: string[] = [];
  const one = assignor("cooperative", () => asked.push("one"));
  const owned = [0, 1, 2, 3].flatMap(task);
  const shares = await one.assign(cluster, [member("one", owned), member("two")]);
  expect(shares.get("two")?.userData).toBeNull();
  const { partitions, userData } = shares.get("one")!;
  const before = one.subscriptionUserData();
  one.onAssignment(partitions, userData, { groupId: "app", generation: 3, memberId: "one", instanceId: null });
  expect(asked).toEqual(["one"]);
  expect(one.subscriptionUserData()).not.toEqual(before);
});

test("a leader that is older tells a member so, which then speaks as it does, and asks for another round", async () => {
  const asked: string[] = [];
  const newer = assignor("cooperative", () => asked.push("newer"), { newestVersion: 2 });
  const older = assignor("cooperative");
  const group = { groupId: "app", generation: 1, memberId: "new", instanceId: null };
  const saying = (userData: Uint8Array | null): MemberSubscription => ({ ...member("new"), userData });

  const first = await older.assign(cluster, [saying(newer.subscriptionUserData()), member("old")]);
  newer.onAssignment(first.get("new")!.partitions, first.get("new")!.userData, group);
  expect(asked).toEqual(["newer"]);
  const again = newer.subscriptionUserData();
  expect(decodeMemberData(again)).toMatchObject({ data: { processId: "p", askedGeneration: 1 } });

  const second = await older.assign(cluster, [saying(again), member("old")]);
  newer.onAssignment(second.get("new")!.partitions, second.get("new")!.userData, { ...group, generation: 2 });
  expect(asked).toEqual(["newer"]);
});

test("every member hears where the others answer queries and what they hold", async () => {
  const heard: InstancePlacement[] = [];
  const one = assignor("cooperative", undefined, {
    member: () => ({ ...SAID, processId: "p1", host: "one:80" }),
    onAssigned: ({ instances }) => heard.push(...instances),
  });
  const two = assignor("cooperative", undefined, { member: () => ({ ...SAID, processId: "p2", host: "two:80" }) });
  const shares = await one.assign(cluster, [
    { ...member("one"), userData: one.subscriptionUserData() },
    { ...member("two"), userData: two.subscriptionUserData() },
  ]);
  const { partitions, userData } = shares.get("one")!;
  one.onAssignment(partitions, userData, { groupId: "app", generation: 3, memberId: "one", instanceId: null });
  expect(heard).toEqual([
    { processId: "p1", host: "one:80", active: ["0_0", "0_2"], standby: [] },
    { processId: "p2", host: "two:80", active: ["0_1", "0_3"], standby: [] },
  ]);
});

test("a static member that goes away before it lets go of tasks, and comes back, has them given to others", async () => {
  const harness = new AppHarness();
  await harness.createTopics({ a1: 4, a2: 2 });
  const join = (groupInstanceId: string): GroupConsumer => {
    const offsetReset = { fallback: "earliest" } as const;
    const consumer = harness.cluster.groupConsumer({
      ...{ groupId: "app", groupInstanceId, offsetReset, isolation: "read_committed" },
    });
    const asking = assignor("cooperative", () => consumer.enforceRebalance("test"));
    consumer.subscribe(["a1", "a2"], asking, { onAssigned: nothing, onRevoked: nothing, onLost: nothing });
    return consumer;
  };
  const settle = async (...members: readonly GroupConsumer[]): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) {
      for (const consumer of members) await harness.run(consumer.poll(0));
      await harness.environment.scheduler.advanceBy(300);
    }
  };
  const one = join("one");
  await settle(one);
  expect(one.assignment()).toHaveLength(6);
  const two = join("two");
  for (const joining of [two, one]) await harness.run(joining.poll(0));
  // The round is over, and "one" does not hear of it.
  await harness.environment.scheduler.advanceBy(1_000);
  await harness.run(one.close({ leave: false }));
  const again = join("one");
  await settle(again, two);
  expect(new Set([...again.assignment(), ...two.assignment()]).size).toBe(6);
  await harness.run(harness.cluster.close());
});
