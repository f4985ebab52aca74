import { describe, expect, test } from "vitest";
import type { BytesScenario, JsonObject, Outcome, TopologyScenario } from "../scenario.js";
import { defaultVectorsDirectory, readVectors } from "../vectors.js";
import { verdictOn } from "./verdict.js";

const scenarios = readVectors(defaultVectorsDirectory);

function topologyScenario(name: string): TopologyScenario {
  return structuredClone(scenarios.find((scenario) => scenario.name === name)) as TopologyScenario;
}

function failedFieldsOf(scenario: TopologyScenario | BytesScenario): string[] {
  const verdict = verdictOn(scenario);
  return verdict.kind === "failed" ? verdict.fields.map(({ field }) => field) : [verdict.kind];
}

const tables = topologyScenario("tables-source");

function corrupted(change: Partial<Outcome>): TopologyScenario {
  return { ...tables, expect: { ...tables.expect, ...change } };
}

function withoutLast(field: JsonObject, topic: string): JsonObject {
  const records = field[topic];
  return { ...field, [topic]: Array.isArray(records) ? records.slice(0, -1) : [] };
}

describe("a scenario as it was recorded", () => {
  test("passes", () => {
    expect(verdictOn(tables)).toEqual({ kind: "passed" });
  });
});

describe("a wrong expectation fails, and names its field", () => {
  const { output, internal, stores, describe: text = "", metrics } = tables.expect;
  test.each<[string, TopologyScenario]>([
    ["output", corrupted({ output: withoutLast(output!, "out") })],
    ["output", corrupted({ output: { ...output, other: [] } })],
    ["internal", corrupted({ internal: withoutLast(internal!, "app-src-changelog") })],
    ["stores", corrupted({ stores: withoutLast(stores!, "src") })],
    ["queries", corrupted({ queries: [null] })],
    ["describe", corrupted({ describe: text.replace("KTABLE-SOURCE-0000000001", "KTABLE-SOURCE-0000000002") })],
    ["internalTopics", corrupted({ internalTopics: [] })],
    ["copartitionGroups", corrupted({ copartitionGroups: [["a", "b"]] })],
    ["droppedRecords", corrupted({ metrics: { droppedRecords: Number(metrics!["droppedRecords"]) + 1 } })],
    ["error", corrupted({ error: { step: 2 } })],
    ["error", corrupted({ error: { build: "TopologyException" } })],
  ])("%s", (field, scenario) => {
    expect(failedFieldsOf(scenario)).toEqual([field]);
  });

  test("a single number of one record", () => {
    const records = structuredClone(output!["out"]) as { timestamp: number }[];
    records[0]!.timestamp++;
    const verdict = verdictOn(corrupted({ output: { out: records as never } }));
    expect(verdict).toMatchObject({ kind: "failed", fields: [{ differences: [{ path: "out[0].timestamp" }] }] });
  });

  test("a step that was to fail and did not, and one that failed at another step", () => {
    const failing = topologyScenario("errors-deser-LogAndFail");
    expect(failedFieldsOf(failing)).toEqual(["passed"]);
    expect(failedFieldsOf({ ...failing, expect: { ...failing.expect, error: { step: 0 } } })).toEqual(["error"]);
    expect(failedFieldsOf({ ...failing, expect: { ...failing.expect, error: null } })).toEqual(["error"]);
  });

  test("a build refused with another class", () => {
    const refused = topologyScenario("build-bad-name");
    expect(failedFieldsOf(refused)).toEqual(["passed"]);
    const otherwise = { ...refused, expect: { error: { build: "IllegalArgumentException" } } };
    expect(failedFieldsOf(otherwise)).toEqual(["error"]);
  });

  test("a codec's result", () => {
    const bytes = structuredClone(scenarios.find(({ name }) => name === "bytes-murmur2-1")) as BytesScenario;
    expect(failedFieldsOf(bytes)).toEqual(["passed"]);
    const cases = bytes.expect.cases.map((result) => ({ ...result, hash: Number(result["hash"]) + 1 }));
    expect(failedFieldsOf({ ...bytes, expect: { cases } })).toEqual(["cases"]);
  });
});

test("a word the interpreter does not know fails", () => {
  const unknown = { ...tables, topology: [{ op: "teleport" }] };
  expect(failedFieldsOf(unknown)).toEqual(["interpreter"]);
});
