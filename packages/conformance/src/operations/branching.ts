import { predicate } from "../functions/predicates.js";
import type { JsonObject } from "../scenario.js";
import { functionIn, has, objectIn, objectsIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { named } from "./options.js";
import { asStream, type OperationTable } from "./scene.js";

/** Splitting a stream. Each branch is kept under its own id. */
export const branching: OperationTable = {
  split(operation, scene) {
    const branches = objectsIn(operation, "branches");
    let splitting = scene.stream(operation).split(named(operation));
    for (const branch of branches) {
      splitting = splitting.branch(predicate(functionIn(branch, "predicate")), named(branch));
    }
    const otherwise = has(operation, "default") ? objectIn(operation, "default") : null;
    const streams = otherwise === null ? splitting.noDefaultBranch() : splitting.defaultBranch(named(otherwise));
    const splitName = has(operation, "name") ? textIn(operation, "name") : null;
    const keep = (branch: JsonObject, position: number): void => {
      const suffix = has(branch, "name") ? textIn(branch, "name") : String(position);
      const stream = Object.entries(streams).find(([name]) => isBranchName(name, splitName, suffix))?.[1];
      if (stream === undefined) throw new MalformedScenarioError(`no branch ${suffix} among ${Object.keys(streams)}`);
      scene.keep(textIn(branch, "id"), asStream(stream));
    };
    branches.forEach((branch, i) => keep(branch, i + 1));
    if (otherwise !== null) keep(otherwise, 0);
    return null;
  },
};

/** A branch is called by the split's name, or a generated one, with the branch's behind it. */
function isBranchName(name: string, splitName: string | null, suffix: string): boolean {
  const prefix = splitName ?? /^KSTREAM-BRANCH-\d{10}/u.exec(name)?.[0];
  return name === `${prefix}${suffix}`;
}
