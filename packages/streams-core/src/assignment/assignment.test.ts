import { describe, expect, it } from "vitest";
import type { AssignableMember, AssignableTask, AssignmentRules } from "./assignable.js";
import { assignTasks } from "./assign-tasks.js";
import { decodeAssignmentData, encodeAssignmentData, NOTHING_SAID } from "./assignment-data.js";
import { packPlacements } from "./instance-placement.js";
import { decodeMemberData, encodeMemberData } from "./member-data.js";

const rules: AssignmentRules = { standbyReplicas: 0, acceptableRecoveryLag: 10_000, maxWarmupReplicas: 2 };

function member(
  memberId: string,
  running: string[] = [],
  state: Record<string, number> = {},
  more: Partial<AssignableMember> = {},
): AssignableMember {
  const stateOffsets = new Map(Object.entries(state));
  return { memberId, processId: memberId, running, restoring: [], standby: [], stateOffsets, tags: {}, ...more };
}

function shares(names: string[], ...members: AssignableMember[]): Record<string, string[]> {
  const tasks = names.map((name) => ({
    ...{ name, subtopology: Number(name.split("_")[0]), stateful: true, endOffsetSum: 1_000 },
  }));
  return Object.fromEntries(
    [...assignTasks(tasks, members, rules).shares].map(([id, { active }]) => [
      id,
      active.map(({ name }) => name).sort(),
    ]),
  );
}

describe("Tasks", () => {
  it("spread each sub-topology over the members", () => {
    expect(shares(["0_0", "0_1", "1_0", "1_1"], member("a"), member("b"))).toEqual({
      a: ["0_0", "1_0"],
      b: ["0_1", "1_1"],
    });
  });

  it("stay with who runs them; a new member takes those with least state", () => {
    const busy = member("a", ["0_0", "0_1", "0_2"], { "0_0": 10, "0_1": 500, "0_2": 90 });
    expect(shares(["0_0", "0_1", "0_2"], busy, member("b"))).toEqual({ a: ["0_1", "0_2"], b: ["0_0"] });
  });

  it("go to the furthest copy of their state when their owner is gone", () => {
    const far = member("a", [], { "0_0": 900 });
    const near = member("b", [], { "0_0": 100 });
    expect(shares(["0_0"], near, far)).toEqual({ a: ["0_0"], b: [] });
  });

  it("leave members without work when there are more of them", () => {
    expect(shares(["0_0"], member("a"), member("b"), member("c"))).toEqual({ a: ["0_0"], b: [], c: [] });
    expect(shares([], member("a"))).toEqual({ a: [] });
    expect(shares(["0_0"])).toEqual({});
  });
});

describe("Standbys and warm-ups", () => {
  const heavy = (names: readonly string[]): AssignableTask[] =>
    names.map((name) => ({ name, subtopology: Number(name.split("_")[0]), stateful: true, endOffsetSum: 1_000_000 }));
  const of = (share: readonly AssignableTask[] | undefined): string[] => (share ?? []).map(({ name }) => name).sort();

  it("are never in the process of their task, its other members included", () => {
    const members = [
      member("a1", ["0_0"], {}, { processId: "a" }),
      member("a2", ["0_1"], {}, { processId: "a" }),
      member("b"),
    ];
    const { shares: given } = assignTasks(heavy(["0_0", "0_1"]), members, { ...rules, standbyReplicas: 2 });
    expect(of(given.get("b")?.standby)).toEqual(["0_0", "0_1"]);
    expect([...of(given.get("a1")?.standby), ...of(given.get("a2")?.standby)]).toEqual([]);
  });

  it("bring a task up where it is to go, while it stays where it runs; then it moves", () => {
    const tasks = heavy(["0_0", "0_1"]);
    const runs = member("a", ["0_0", "0_1"], { "0_0": 1_000_000, "0_1": 1_000_000 });
    const first = assignTasks(tasks, [runs, member("b")], rules);
    expect(first.settled).toBe(false);
    expect(of(first.shares.get("a")?.active)).toEqual(["0_0", "0_1"]);
    const moving = of(first.shares.get("b")?.warmUp);
    expect(moving).toHaveLength(1);

    const caughtUp = member("b", [], { [moving[0]!]: 995_000 }, { standby: moving });
    const second = assignTasks(tasks, [runs, caughtUp], rules);
    expect(second.settled).toBe(true);
    expect(of(second.shares.get("b")?.active)).toEqual(moving);
  });

  it("of one instance's tasks are spread over the others", () => {
    const names = Array.from({ length: 12 }, (_, partition) => `0_${partition}`);
    const members = ["a", "b", "c", "d"].map((id) => member(id));
    const { shares: given } = assignTasks(heavy(names), members, { ...rules, standbyReplicas: 1 });
    const ofA = of(given.get("a")?.active);
    for (const id of ["b", "c", "d"]) {
      expect(of(given.get(id)?.standby).filter((name) => ofA.includes(name))).toHaveLength(1);
    }
  });

  it("take a task over that is still being restored where it is", () => {
    const restoring = member("a", ["0_0"], { "0_0": 10 }, { restoring: ["0_0"] });
    const ready = member("b", [], { "0_0": 1_000_000 }, { standby: ["0_0"] });
    const { shares: given } = assignTasks(heavy(["0_0"]), [restoring, ready], { ...rules, standbyReplicas: 1 });
    expect(of(given.get("b")?.active)).toEqual(["0_0"]);
    expect(of(given.get("a")?.standby)).toEqual(["0_0"]);
  });

  it("are taken to another zone than their task's", () => {
    const inZone = (id: string, zone: string, running: string[] = []): AssignableMember =>
      member(id, running, {}, { tags: { zone } });
    const members = [inZone("a", "north", ["0_0"]), inZone("b", "north"), inZone("c", "south")];
    const { shares: given } = assignTasks(heavy(["0_0"]), members, { ...rules, standbyReplicas: 1 });
    expect(of(given.get("c")?.standby)).toEqual(["0_0"]);
  });

  it("do not wait for ends that could not be read: who has state is taken to have all of it", () => {
    const unknown = heavy(["0_0"]).map((task) => ({ ...task, endOffsetSum: null }));
    const { shares: given } = assignTasks(unknown, [member("a"), member("b", [], { "0_0": 5 })], rules);
    expect(of(given.get("b")?.active)).toEqual(["0_0"]);
  });
});

describe("What a leader says with an assignment", () => {
  const instances = [
    { processId: "p", host: "one:80", active: ["0_0", "1_2"], standby: ["0_1"] },
    { processId: "q", host: "two:80", active: ["0_1"], standby: ["0_0", "1_2"] },
    { processId: "r", host: "three:80", active: [], standby: ["0_0"] },
  ];
  const said = { ...NOTHING_SAID, letsGo: true, probes: true, standby: ["0_0"], warmUp: ["0_0"], speakVersion: 1 };

  it("comes back as it was", () => {
    expect(decodeAssignmentData(encodeAssignmentData(said, null))).toEqual(said);
    const { instances: heard } = decodeAssignmentData(encodeAssignmentData(said, packPlacements(instances)));
    expect(heard.map((each) => ({ ...each, standby: [...each.standby].sort() }))).toEqual(instances);
  });

  it("is nothing at all when there is nothing to say, and counts for nothing when it cannot be read", () => {
    expect(encodeAssignmentData(NOTHING_SAID, packPlacements([]))).toBeNull();
    for (const bytes of [null, Buffer.from("{}"), Buffer.from("[1]"), Buffer.from([0, 1, 2]), Buffer.from("{'")]) {
      expect(decodeAssignmentData(bytes)).toEqual(NOTHING_SAID);
    }
    const placements = { instances: 1, active: [], standby: {} };
    expect(decodeAssignmentData(Buffer.from(JSON.stringify({ placements })))).toEqual(NOTHING_SAID);
  });
});

describe("What a member says of itself", () => {
  const data = {
    ...{ processId: "p", host: "here:80", tags: { zone: "a" }, restoring: ["0_1"], standby: ["0_2"] },
    ...{ stateOffsets: new Map([["0_0", 2 ** 40]]), askedGeneration: 7 },
  };

  it("comes back as it was, compressed where it is long", () => {
    const bare = { ...data, host: null, tags: {}, restoring: [], standby: [], askedGeneration: -1 };
    const many = Array.from({ length: 1_000 }, (_, task): [string, number] => [`0_${task}`, task * 1_000]);
    const long = { ...data, stateOffsets: new Map(many) };
    for (const each of [data, bare, long]) expect(decodeMemberData(encodeMemberData(each))).toEqual({ data: each });
    expect(encodeMemberData(long).length).toBeLessThan(8_000);
  });

  it("is known to be newer than its reader", () => {
    expect(decodeMemberData(encodeMemberData(data, 9))).toEqual({ newer: 9 });
  });

  it("counts for nothing when it cannot be read", () => {
    const unreadable = [
      "",
      "{}",
      "[]",
      "null",
      '{"version":1,"processId":7,"state":{}}',
      '{"version":1,"processId":"p","state":[]}',
      '{"version":1,"processId":"p","state":{"0_0":"x"}}',
      '{"version":1,"processId":"p","state":{},"standby":[1]}',
      '{"version":1,"processId":"p","state":{},"tags":{"zone":1}}',
      "\u0000\u0001",
    ];
    for (const text of unreadable) expect(decodeMemberData(Buffer.from(text))).toBeNull();
    expect(decodeMemberData(null)).toBeNull();
  });
});
