import { describe, expect, test } from "vitest";
import { wordsNotBuiltYet } from "./not-built-yet.js";
import type { Operation, TopologyScenario } from "./scenario.js";

function scenario(topology: readonly Operation[], config: Record<string, string> = {}): TopologyScenario {
  return { name: "n", family: "f", topology, config, steps: [], expect: { error: null } };
}

describe("what keeps a scenario from being run", () => {
  test.each<[string, TopologyScenario, string[]]>([
    ["nothing", scenario([{ op: "stream", topic: "in" }, { op: "filter", from: "n1" }]), []],
    ["an operator, once", scenario([{ op: "suppress" }, { op: "suppress" }]), ["suppress"]],
    ["a store inside", scenario([{ op: "store", store: { store: "s", type: "persistentSessionStore" } }]), ["persistentSessionStore"]],
    [
      "a supplier, but not a store of that type",
      scenario([
        { op: "store", store: { store: "s", type: "persistentKeyValueStore" } },
        { op: "count", materialized: { supplier: { type: "persistentKeyValueStore" } } },
      ]),
      ["supplier of persistentKeyValueStore"],
    ],
    ["a setting", scenario([], { "topology.optimization": "all" }), ["topology.optimization"]],
    ["but not its absence", scenario([], { "topology.optimization": "none" }), []],
  ])("%s", (_, given, words) => {
    expect(wordsNotBuiltYet(given)).toEqual(words);
  });

  test("a name never does", () => {
    expect(wordsNotBuiltYet({ ...scenario([{ op: "stream" }]), name: "join", family: "suppress" })).toEqual([]);
  });
});
