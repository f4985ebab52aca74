import { failedFields, type FailedField } from "./failed-fields.js";
import { runBytes } from "../run-bytes.js";
import { runTopology } from "../run-topology.js";
import type { Scenario } from "../scenario.js";
import { differences } from "./difference.js";

/** What became of a scenario. */
export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly fields: readonly FailedField[]; readonly cause: unknown };

/** Runs the scenario and compares. */
export function verdictOn(scenario: Scenario): Verdict {
  try {
    const { fields, cause } = check(scenario);
    return fields.length === 0 ? { kind: "passed" } : { kind: "failed", fields, cause };
  } catch (cause) {
    return { kind: "failed", fields: [{ field: "interpreter", differences: [] }], cause };
  }
}

function check(scenario: Scenario): { fields: readonly FailedField[]; cause: unknown } {
  if (scenario.kind === "bytes") {
    const found = differences(scenario.expect.cases, runBytes(scenario), "cases");
    return { fields: found.length === 0 ? [] : [{ field: "cases", differences: found }], cause: null };
  }
  const { outcome, cause } = runTopology(scenario);
  return { fields: failedFields(scenario.expect, outcome), cause };
}
