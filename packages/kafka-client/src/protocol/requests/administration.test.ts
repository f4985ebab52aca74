import { describe, expect, it } from "vitest";
import { tp } from "../../port/topic-partition.js";
import { encodeAssignment } from "../consumer-protocol.js";
import { createPartitionsRequest } from "./create-partitions.js";
import { createTopicsRequest } from "./create-topics.js";
import { deleteGroupRequest } from "./delete-groups.js";
import { deleteRecordsRequest } from "./delete-records.js";
import { deleteTopicsRequest } from "./delete-topics.js";
import { describeGroupRequest } from "./describe-groups.js";
import { findCoordinatorRequest } from "./find-coordinator.js";
import { listOffsetsRequest } from "./list-offsets.js";
import { metadataRequest } from "./metadata.js";
import type { Request } from "./request.js";
import { alterTopicConfigsRequest, describeTopicConfigsRequest } from "./topic-configs.js";

const plain = (hex: string): string => hex.replace(/\s/gu, "");
const bytes = (hex: string): Buffer => Buffer.from(plain(hex), "hex");

const THROTTLE = "00000000";
const [A, B, G, K, V] = ["0001 61", "0001 62", "0001 67", "0001 6b", "0001 76"];
const ID = "00".repeat(15) + "07";
const idText = Buffer.from(plain(ID), "hex").toString("base64url");
const SECOND = "000003e8";
const NO = "0002 6e6f";

const offsetsOf = new Map([
  [tp("a", 0), 5],
  [tp("b", 1), 2 ** 33],
  [tp("a", 2), 7],
]);

describe("the bytes of a request", () => {
  it.each<[string, Request<unknown>, string]>([
    [
      "CreateTopics v4 says what is wanted, and leaves the rest to the broker",
      createTopicsRequest(
        [
          { name: "a", partitions: 3, replicationFactor: 2, config: { k: "v" } },
          { name: "b", partitions: -1 },
        ],
        1_000,
      ),
      `00000002 ${A} 00000003 0002 00000000 00000001 ${K} ${V}
                ${B} ffffffff ffff 00000000 00000000 ${SECOND} 00`,
    ],
    ["DeleteTopics v3", deleteTopicsRequest(["a", "b"], 1_000), `00000002 ${A} ${B} ${SECOND}`],
    [
      "CreatePartitions v1 says how many there are to be in all, and not where",
      createPartitionsRequest("a", 5, 1_000),
      `00000001 ${A} 00000005 ffffffff ${SECOND} 00`,
    ],
    [
      "DeleteRecords v1 lists offsets by topic",
      deleteRecordsRequest(offsetsOf, 1_000),
      `00000002 ${A} 00000002 00000000 0000000000000005 00000002 0000000000000007
                ${B} 00000001 00000001 0000000200000000 ${SECOND}`,
    ],
    ["DescribeConfigs v2 asks for all keys", describeTopicConfigsRequest(["a"]), `00000001 02 ${A} ffffffff 00`],
    [
      "IncrementalAlterConfigs v0 sets the given keys alone",
      alterTopicConfigsRequest("a", { k: "v" }),
      `00000001 02 ${A} 00000001 ${K} 00 ${V} 00`,
    ],
    ["DescribeGroups v4 asks for no permissions", describeGroupRequest("g"), `00000001 ${G} 00`],
    ["DeleteGroups v1", deleteGroupRequest("g"), `00000001 ${G}`],
    ["FindCoordinator v3 of a group", findCoordinatorRequest("group", "g"), "02 67 00 00"],
    ["FindCoordinator v3 of a transaction", findCoordinatorRequest("transaction", "g"), "02 67 01 00"],
    [
      "Metadata v10 of some topics, without creating them",
      metadataRequest(["a"]),
      `02 ${"00".repeat(16)} 02 61 00 00 00 00 00`,
    ],
    ["Metadata v10 of no topic", metadataRequest([]), "01 00 00 00 00"],
    ["Metadata v10 of all topics", metadataRequest(null), "00 00 00 00 00"],
    [
      "ListOffsets v5 of the ends of what is committed, with the leaders' epochs",
      listOffsetsRequest([...offsetsOf.keys()], "latest", "read_committed", ({ partition }) => partition + 4),
      `ffffffff 01 00000002 ${A} 00000002 00000000 00000004 ffffffffffffffff 00000002 00000006 ffffffffffffffff
                            ${B} 00000001 00000001 00000005 ffffffffffffffff`,
    ],
    [
      "ListOffsets v5 of the begins",
      listOffsetsRequest([tp("a", 0)], "earliest", "read_uncommitted", () => -1),
      `ffffffff 00 00000001 ${A} 00000001 00000000 ffffffff fffffffffffffffe`,
    ],
    [
      "ListOffsets v5 of a time",
      listOffsetsRequest([tp("a", 0)], 1_000, "read_uncommitted", () => -1),
      `ffffffff 00 00000001 ${A} 00000001 00000000 ffffffff 00000000${SECOND}`,
    ],
  ])("%s", (_, request, expected) => {
    expect(request.encode().toString("hex")).toBe(plain(expected));
  });
});

describe("the answer to", () => {
  const outcomes = [
    { name: "a", errorCode: 0, message: null },
    { name: "b", errorCode: 36, message: "no" },
  ];
  const wordless = outcomes.map((outcome) => ({ ...outcome, message: null }));
  const config = (key: string, value: string) => `${key} ${value} 00 05 00 00000001 ${key} ${value} 05`;

  it.each<[string, Request<unknown>, string, unknown]>([
    ["CreateTopics v4", createTopicsRequest([], 0), `${THROTTLE} 00000002 ${A} 0000 ffff ${B} 0024 ${NO}`, outcomes],
    [
      "CreatePartitions v1",
      createPartitionsRequest("a", 1, 0),
      `${THROTTLE} 00000002 ${A} 0000 ffff ${B} 0024 ${NO}`,
      outcomes,
    ],
    ["DeleteTopics v3", deleteTopicsRequest([], 0), `${THROTTLE} 00000002 ${A} 0000 ${B} 0024`, wordless],
    [
      "DeleteGroups v1",
      deleteGroupRequest("g"),
      `${THROTTLE} 00000001 ${G} 0044`,
      [{ name: "g", errorCode: 68, message: null }],
    ],
    [
      "IncrementalAlterConfigs v0",
      alterTopicConfigsRequest("a", {}),
      `${THROTTLE} 00000002 0000 ffff 02 ${A} 0024 ${NO} 02 ${B}`,
      outcomes,
    ],
    [
      "DescribeConfigs v2 has values with their defaults, and none of what is secret",
      describeTopicConfigsRequest(["a", "b"]),
      `${THROTTLE} 00000002 0000 ffff 02 ${A} 00000002 ${config(K, V)} ${config(V, "ffff")} 0024 ${NO} 02 ${B} 00000000`,
      [
        { ...outcomes[0], config: { k: "v" } },
        { ...outcomes[1], config: {} },
      ],
    ],
    [
      "DeleteRecords v1",
      deleteRecordsRequest(offsetsOf, 0),
      `${THROTTLE} 00000002 ${A} 00000002 00000000 0000000000000005 0000 00000002 ffffffffffffffff 0001
                            ${B} 00000001 00000001 0000000200000000 0000`,
      new Map([
        [tp("a", 0), { errorCode: 0 }],
        [tp("a", 2), { errorCode: 1 }],
        [tp("b", 1), { errorCode: 0 }],
      ]),
    ],
    [
      "ListOffsets v5",
      listOffsetsRequest([], "latest", "read_committed", () => -1),
      `${THROTTLE} 00000001 ${A} 00000002 00000000 0000 0000000000000009 0000000200000000 00000001
                                          00000002 0006 ffffffffffffffff ffffffffffffffff ffffffff`,
      new Map([
        [tp("a", 0), { errorCode: 0, offset: 2 ** 33 }],
        [tp("a", 2), { errorCode: 6, offset: -1 }],
      ]),
    ],
    [
      "FindCoordinator v3",
      findCoordinatorRequest("group", "g"),
      `${THROTTLE} 0000 00 00000002 02 68 00002384 00`,
      { errorCode: 0, message: null, nodeId: 2, host: "h", port: 9_092 },
    ],
    [
      "FindCoordinator v3 when there is none",
      findCoordinatorRequest("group", "g"),
      `${THROTTLE} 000f 03 6e6f ffffffff 01 ffffffff 00`,
      { errorCode: 15, message: "no", nodeId: -1, host: "", port: -1 },
    ],
    [
      "Metadata v10",
      metadataRequest(["a", "b"]),
      `${THROTTLE} 02 00000001 02 68 00002384 00 00 02 63 00000001
       03 0000 02 61 ${ID} 00 02 0000 00000003 00000001 00000004 03 00000001 00000002 02 00000001 01 00 00000000 00
          0003 02 62 ${"00".repeat(16)} 01 01 00000000 00 00000000 00`,
      {
        brokers: [{ nodeId: 1, host: "h", port: 9_092, rack: null }],
        ...{ clusterId: "c", controllerId: 1 },
        topics: [
          {
            ...{ errorCode: 0, name: "a", topicId: idText, internal: false },
            partitions: [{ errorCode: 0, partition: 3, leader: 1, leaderEpoch: 4, replicas: [1, 2], inSync: [1] }],
          },
          { errorCode: 3, name: "b", topicId: "A".repeat(22), internal: true, partitions: [] },
        ],
      },
    ],
  ])("%s", (_, request, answer, expected) => {
    expect(request.decode(bytes(answer))).toEqual(expected);
  });
});

describe("DescribeGroups v4", () => {
  const assignment = encodeAssignment({ partitions: [tp("a", 0), tp("b", 1)], userData: null });
  const length = assignment.length.toString(16).padStart(8, "0");
  const member = `0001 6d 0001 69 0001 63 0002 2f68 00000000 ${length} ${assignment.toString("hex")}`;
  const described = (type: string) =>
    describeGroupRequest("g").decode(
      bytes(`${THROTTLE} 00000001 0000 ${G} 0006 537461626c65 ${type} 0004 6576656e 00000001 ${member} 80000000`),
    );
  const known = { memberId: "m", instanceId: "i", clientId: "c" };

  it.each([
    ["a consumer group shows who reads what", "0008 636f6e73756d6572", [tp("a", 0), tp("b", 1)]],
    ["assignments of other kinds of groups are not ours to read", "0007 636f6e6e656374", []],
  ])("%s", (_, type, partitions) => {
    expect(described(plain(type))).toEqual({
      errorCode: 0,
      group: { groupId: "g", state: "Stable", type: "classic", protocol: "even", members: [{ ...known, partitions }] },
    });
  });
});
