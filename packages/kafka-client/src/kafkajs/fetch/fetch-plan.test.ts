import { expect, test } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { fetchPlan } from "./fetch-plan.js";
import { PartitionBuffer, type BufferOwner } from "./partition-buffer.js";

const MIB = 1 << 20;
const owner: BufferOwner = {
  isolation: "read_committed",
  wanting: () => undefined,
  retry: () => undefined,
  closed: () => undefined,
};
/** Partition n is led by broker n % 2. */
const metadata = { leader: ({ partition }: { partition: number }) => partition % 2, leaderEpoch: () => 4 };

/** A buffer at offset 10 that holds so many bytes. */
function buffer(partition: number, heldBytes: number): PartitionBuffer {
  const made = new PartitionBuffer(tp("t", partition), owner);
  made.seek(10);
  const answer = {
    partition,
    errorCode: 0,
    highWatermark: 99,
    lastStableOffset: 99,
    aborted: [],
    records: Buffer.alloc(0),
  };
  if (heldBytes > 0) made.accept({ batches: [], end: 20, sizeBytes: heldBytes }, answer);
  return made;
}

const offsets = (node: number, buffers: readonly PartitionBuffer[]) =>
  fetchPlan(node, buffers, MIB, metadata)?.asked.map(({ buffer: { tp: of }, offset }) => [of.partition, offset]);

test("each broker is asked for what it leads, where the last answer ended", () => {
  const buffers = [buffer(0, 0), buffer(1, 0), buffer(2, 5)];
  expect(offsets(0, buffers)).toEqual([
    [0, 10],
    [2, 20],
  ]);
  expect(offsets(1, buffers)).toEqual([[1, 10]]);
});

test("a full partition is not asked for, and the others are not kept waiting by it", () => {
  const plan = fetchPlan(0, [buffer(0, MIB), buffer(2, 0)], MIB, metadata);
  expect(plan?.asked.map(({ buffer: { tp: of } }) => of.partition)).toEqual([2]);
  expect(plan?.maxWaitMs).toBeLessThan(fetchPlan(0, [buffer(2, 0)], MIB, metadata)!.maxWaitMs);
});

test("a paused partition, whose reader may be full for a moment only, is not kept waiting by idle ones", () => {
  const paused = buffer(0, 0);
  paused.paused = true;
  const plan = fetchPlan(0, [paused, buffer(2, 0)], MIB, metadata);
  expect(plan?.asked.map(({ buffer: { tp: of } }) => of.partition)).toEqual([2]);
  expect(plan?.maxWaitMs).toBe(fetchPlan(0, [buffer(0, MIB), buffer(2, 0)], MIB, metadata)!.maxWaitMs);
});

test("nothing is asked for while 48 MiB wait to be read; what is paused does not count", () => {
  const held = buffer(1, 48 * MIB);
  expect(offsets(0, [held, buffer(0, 0)])).toBeUndefined();
  held.paused = true;
  expect(offsets(0, [held, buffer(0, 0)])).toEqual([[0, 10]]);
});
