import type { Operation } from "../scenario.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import type { OperationTable, Result, Scene } from "./scene.js";
import { joinStreams } from "./stream-joins.js";
import { joinGlobalTable, joinTable, joinTables } from "./table-joins.js";

/** Two streams, two tables, or one of each, by what `left` and `right` refer to. */
function apply(verb: "join" | "leftJoin" | "outerJoin", operation: Operation, scene: Scene): Result {
  const left = scene.result(operation, "left");
  const right = scene.result(operation, "right");
  if (left.kind === "stream" && right.kind === "stream") return joinStreams(verb, operation, scene);
  if (left.kind === "table" && right.kind === "table") {
    return joinTables(verb, left.table, right.table, { operation, scene });
  }
  if (left.kind === "stream" && verb !== "outerJoin") {
    if (right.kind === "table") return joinTable(verb, left.stream, right.table, operation);
    if (right.kind === "global table") return joinGlobalTable(verb, left.stream, right.table, operation);
  }
  throw new MalformedScenarioError(`${verb} of a ${left.kind} with a ${right.kind}`);
}

/** Joins of streams and tables. */
export const joining: OperationTable = {
  join: (operation, scene) => apply("join", operation, scene),
  leftJoin: (operation, scene) => apply("leftJoin", operation, scene),
  outerJoin: (operation, scene) => apply("outerJoin", operation, scene),
};
