import { tp, type ClusterView, type MemberSubscription, type TopicPartition } from "@millrace/kafka-client";
import { expect, test } from "vitest";
import { serdes } from "../serde/index.js";
import { Topology } from "../topology/index.js";
import { StreamAssignor } from "./stream-assignor.js";
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

function assignor(protocol: "eager" | "cooperative"): StreamAssignor {
  return new StreamAssignor({ plan, protocol, processId: "p", running: () => [], stateOffsets: () => new Map() });
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
