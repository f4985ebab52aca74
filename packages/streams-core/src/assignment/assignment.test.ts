import { describe, expect, it } from "vitest";
import { assignTasks, type AssignableMember } from "./assign-tasks.js";
import { decodeAssignmentData, encodeAssignmentData } from "./assignment-data.js";
import { decodeMemberData, encodeMemberData } from "./member-data.js";

function member(memberId: string, running: string[] = [], state: Record<string, number> = {}): AssignableMember {
  return { memberId, running, stateOffsets: new Map(Object.entries(state)) };
}

function shares(names: string[], ...members: AssignableMember[]): Record<string, string[]> {
  const tasks = names.map((name) => ({ name, subtopology: Number(name.split("_")[0]) }));
  return Object.fromEntries(
    [...assignTasks(tasks, members)].map(([id, share]) => [id, share.map((task) => task.name).sort()]),
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

describe("What a leader says with an assignment", () => {
  it("comes back as it was, and counts for nothing when it cannot be read", () => {
    for (const letsGo of [true, false]) {
      expect(decodeAssignmentData(encodeAssignmentData({ letsGo }))).toEqual({ letsGo });
    }
    expect(decodeAssignmentData(Buffer.from("{}"))).toEqual({ letsGo: false });
  });
});

describe("What a member says of itself", () => {
  it("comes back as it was", () => {
    for (const letGoGeneration of [-1, 7]) {
      const stateOffsets = new Map([["0_0", 2 ** 40]]);
      const data = { processId: "p", running: ["0_0"], stateOffsets, letGoGeneration };
      expect(decodeMemberData(encodeMemberData(data))).toEqual(data);
    }
  });

  it("counts for nothing when it cannot be read", () => {
    const unreadable = [
      "",
      "{}",
      "[]",
      "null",
      '{"version":2,"processId":"p","running":[],"state":{}}',
      "\u0000\u0001",
    ];
    for (const text of unreadable) expect(decodeMemberData(Buffer.from(text))).toBeNull();
    expect(decodeMemberData(null)).toBeNull();
  });
});
