import { expect, test } from "vitest";
import { tp } from "../port/topic-partition.js";
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from "./consumer-protocol.js";

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/gu, ""), "hex");
const owned = [tp("a", 0), tp("b", 1), tp("a", 2)];

test("a subscription is written as version 3 and read back", () => {
  const subscription = { topics: ["a", "b"], userData: Uint8Array.of(9), ownedPartitions: [tp("a", 1)], generation: 4 };
  const written = encodeSubscription(subscription);
  expect(written.toString("hex")).toBe(
    bytes("0003 00000002 0001 61 0001 62 00000001 09 00000001 0001 61 00000001 00000001 00000004 ffff").toString("hex"),
  );
  expect(decodeSubscription(written)).toEqual(subscription);
});

test("subscriptions of older versions say less, those of newer ones more", () => {
  const none = { userData: null, ownedPartitions: [], generation: -1 };
  expect(decodeSubscription(bytes("0000 00000001 0001 61 ffffffff"))).toEqual({ ...none, topics: ["a"] });
  const first = bytes("0001 00000000 ffffffff 00000001 0001 61 00000001 00000002");
  expect(decodeSubscription(first)).toEqual({ ...none, topics: [], ownedPartitions: [tp("a", 2)] });
  const newer = bytes("0009 00000000 ffffffff 00000000 00000005 ffff 01020304");
  expect(decodeSubscription(newer)).toEqual({ ...none, topics: [], generation: 5 });
});

test("an assignment is grouped by topic and read back", () => {
  const written = encodeAssignment({ partitions: owned, userData: null });
  expect(written.toString("hex")).toBe(
    bytes("0003 00000002 0001 61 00000002 00000000 00000002 0001 62 00000001 00000001 ffffffff").toString("hex"),
  );
  expect(decodeAssignment(written)).toEqual({ partitions: [tp("a", 0), tp("a", 2), tp("b", 1)], userData: null });
});

test("no bytes are an empty assignment", () => {
  expect(decodeAssignment(Buffer.alloc(0))).toEqual({ partitions: [], userData: null });
});
