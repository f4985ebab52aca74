import { describe, expect, it } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { describeConsumerGroupRequest } from "./describe-consumer-group.js";
import { heartbeatRequest } from "./heartbeat.js";
import { joinGroupRequest } from "./join-group.js";
import { leaveGroupRequest } from "./leave-group.js";
import { listGroupsRequest } from "./list-groups.js";
import { offsetCommitRequest } from "./offset-commit.js";
import { offsetFetchRequest } from "./offset-fetch.js";
import { syncGroupRequest } from "./sync-group.js";

const bytes = (hex: string): Buffer => Buffer.from(hex.replace(/\s/gu, ""), "hex");
const hex = (buffer: Buffer): string => buffer.toString("hex");
const member = { groupId: "g", generation: 7, memberId: "m", instanceId: null };
const G = "0001 67";
const M = "0001 6d";
const THROTTLE = "00000000";

describe("JoinGroup v5", () => {
  it("names one assignor and what the member says about itself", () => {
    const request = joinGroupRequest({
      ...{ groupId: "g", sessionTimeoutMs: 6_000, rebalanceTimeoutMs: 60_000, memberId: "" },
      ...{ instanceId: "i", protocolName: "even", metadata: Buffer.from([1, 2]) },
    });
    const consumer = "0008 636f6e73756d6572";
    expect(hex(request.encode())).toBe(
      hex(bytes(`${G} 00001770 0000ea60 0000 0001 69 ${consumer} 00000001 0004 6576656e 00000002 0102`)),
    );
    expect(request.waitMs).toBe(65_000);
  });

  it("gives the leader all members", () => {
    const { decode } = joinGroupRequest({
      ...{ groupId: "g", sessionTimeoutMs: 1, rebalanceTimeoutMs: 1, memberId: "" },
      ...{ instanceId: null, protocolName: "even", metadata: Buffer.alloc(0) },
    });
    const answer = `${THROTTLE} 0000 00000007 0004 6576656e ${M} ${M} 00000002 ${M} ffff 00000001 aa 0001 6e 0001 69 00000000`;
    expect(decode(bytes(answer))).toEqual({
      ...{ errorCode: 0, generation: 7, leaderId: "m", memberId: "m" },
      members: [
        { memberId: "m", instanceId: null, metadata: Buffer.from([0xaa]) },
        { memberId: "n", instanceId: "i", metadata: Buffer.alloc(0) },
      ],
    });
  });

  it("reads the member id that comes with MEMBER_ID_REQUIRED", () => {
    const { decode } = joinGroupRequest({
      ...{ groupId: "g", sessionTimeoutMs: 1, rebalanceTimeoutMs: 1, memberId: "" },
      ...{ instanceId: null, protocolName: "even", metadata: Buffer.alloc(0) },
    });
    const answer = decode(bytes(`${THROTTLE} 004f ffffffff 0000 0000 ${M} 00000000`));
    expect(answer).toMatchObject({ errorCode: 79, memberId: "m", members: [] });
  });
});

it("SyncGroup v3 carries the leader's assignments and gives the member's own", () => {
  const request = syncGroupRequest(member, new Map([["m", Buffer.from([5])]]), 1_000);
  expect(hex(request.encode())).toBe(hex(bytes(`${G} 00000007 ${M} ffff 00000001 ${M} 00000001 05`)));
  expect(request.decode(bytes(`${THROTTLE} 0000 00000001 05`))).toEqual({
    errorCode: 0,
    assignment: Buffer.from([5]),
  });
  expect(request.decode(bytes(`${THROTTLE} 001b 00000000`)).errorCode).toBe(27);
});

it("Heartbeat v3 says who and in which generation", () => {
  const request = heartbeatRequest({ ...member, instanceId: "i" });
  expect(hex(request.encode())).toBe(hex(bytes(`${G} 00000007 ${M} 0001 69`)));
  expect(request.decode(bytes(`${THROTTLE} 001b`))).toBe(27);
});

it("LeaveGroup v3 gives the error of the member", () => {
  const request = leaveGroupRequest(member);
  expect(hex(request.encode())).toBe(hex(bytes(`${G} 00000001 ${M} ffff`)));
  expect(request.decode(bytes(`${THROTTLE} 0000 00000001 ${M} ffff 0019`))).toBe(25);
  expect(request.decode(bytes(`${THROTTLE} 0010 00000000`))).toBe(16);
});

it("OffsetCommit v7 groups by topic, and gives an error for each partition", () => {
  const offsets = new Map([
    [tp("a", 0), { offset: 5, metadata: "x" }],
    [tp("a", 1), { offset: 2 ** 33, leaderEpoch: 3 }],
  ]);
  const request = offsetCommitRequest(member, offsets);
  const partitions = "00000002 00000000 0000000000000005 ffffffff 0001 78 00000001 0000000200000000 00000003 0000";
  expect(hex(request.encode())).toBe(hex(bytes(`${G} 00000007 ${M} ffff 00000001 0001 61 ${partitions}`)));
  const errors = request.decode(bytes(`${THROTTLE} 00000001 0001 61 00000002 00000000 0000 00000001 0016`));
  expect([...errors]).toEqual([
    [tp("a", 0), 0],
    [tp("a", 1), 22],
  ]);
});

describe("OffsetFetch v7", () => {
  it("asks for stable offsets", () => {
    const request = offsetFetchRequest("g", [tp("a", 0), tp("a", 3)], true);
    expect(hex(request.encode())).toBe(hex(bytes("02 67 02 02 61 03 00000000 00000003 00 01 00")));
  });

  it("gives null where nothing was committed, and the group's error", () => {
    const { decode } = offsetFetchRequest("g", [], false);
    const known = "00000000 0000000000000009 00000002 02 78 0000 00";
    const none = "00000001 ffffffffffffffff ffffffff 01 0000 00";
    const answer = (error: string) => bytes(`${THROTTLE} 02 02 61 03 ${known} ${none} 00 ${error} 00`);
    expect(decode(answer("0000"))).toEqual({
      errorCode: 0,
      offsets: new Map([
        [tp("a", 0), { offset: 9, metadata: "x", leaderEpoch: 2 }],
        [tp("a", 1), null],
      ]),
      unstable: [],
    });
    expect(decode(answer("000e")).errorCode).toBe(14);
  });

  it("tells apart what a transaction holds", () => {
    const { decode } = offsetFetchRequest("g", [], true);
    const held = "00000001 ffffffffffffffff ffffffff 01 0058 00";
    const known = "00000000 0000000000000009 ffffffff 01 0000 00";
    const answer = decode(bytes(`${THROTTLE} 02 02 61 03 ${known} ${held} 00 0000 00`));
    expect(answer).toEqual({
      errorCode: 0,
      offsets: new Map([[tp("a", 0), { offset: 9, metadata: "" }]]),
      unstable: [tp("a", 1)],
    });
  });
});

describe("ListGroups", () => {
  it.each([
    [4, "01 00", "00", "classic"],
    [5, "01 01 00", "09 436f6e73756d6572 00", "consumer"],
  ] as const)("v%i gives states, and types where they are told", (version, question, rest, type) => {
    const request = listGroupsRequest(version);
    expect(hex(request.encode())).toBe(hex(bytes(question)));
    const answer = `${THROTTLE} 0000 02 02 67 01 06 456d707479 ${rest} 00`;
    expect(request.decode(bytes(answer))).toEqual({ errorCode: 0, groups: [{ groupId: "g", state: "Empty", type }] });
  });
});

describe("ConsumerGroupDescribe v0", () => {
  const { encode, decode } = describeConsumerGroupRequest("g");
  const topicId = "00".repeat(16);

  it("asks for one group", () => {
    expect(hex(encode())).toBe(hex(bytes("02 02 67 00 00")));
  });

  it("gives the members with what they have now, not what they are to have", () => {
    const now = `02 ${topicId} 02 61 03 00000000 00000001 00 00`;
    const target = `02 ${topicId} 02 61 02 00000000 00 00`;
    const one = `02 6d 02 69 00 00000003 02 63 02 68 02 02 61 00 ${now} ${target} 00`;
    const group = `0000 00 02 67 07 537461626c65 00000003 00000003 08 756e69666f726d 02 ${one} 80000000 00`;
    expect(decode(bytes(`${THROTTLE} 02 ${group} 00`))).toEqual({
      errorCode: 0,
      group: {
        ...{ groupId: "g", state: "Stable", type: "consumer", protocol: "uniform" },
        members: [{ memberId: "m", instanceId: "i", clientId: "c", partitions: [tp("a", 0), tp("a", 1)] }],
      },
    });
  });

  it("says when the group is not one of its type", () => {
    const group = "0045 03 6e6f 02 67 01 00000000 00000000 01 01 80000000 00";
    expect(decode(bytes(`${THROTTLE} 02 ${group} 00`))).toMatchObject({ errorCode: 69, group: { members: [] } });
  });
});
