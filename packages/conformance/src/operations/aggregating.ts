import { aggregator, type Aggregator } from "../functions/aggregators.js";
import { reducer, type Reducer } from "../functions/reducers.js";
import type { Operation } from "../scenario.js";
import { functionIn, has } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { materialized } from "./options.js";
import { asTable, type Apply, type OperationTable, type Scene } from "./scene.js";

const aggregatorIn = (operation: Operation, field: string): Aggregator => aggregator(functionIn(operation, field));
const reducerIn = (operation: Operation, field: string): Reducer => reducer(functionIn(operation, field));

const count: Apply = (operation, scene) => {
  const result = scene.result(operation);
  if (result.kind === "grouped stream" || result.kind === "grouped table") {
    return asTable(result.grouped.count(materialized(operation, scene.storeDefaults)));
  }
  throw new MalformedScenarioError(`count of a ${result.kind}`);
};

/** Java has no overload of these with a name alone, so that such a name is lost. */
function materializedOrNothing(operation: Operation, scene: Scene): ReturnType<typeof materialized> {
  return has(operation, "materialized") ? materialized(operation, scene.storeDefaults) : {};
}

const reduce: Apply = (operation, scene) => {
  const result = scene.result(operation);
  const options = materializedOrNothing(operation, scene);
  if (result.kind === "grouped stream") return asTable(result.grouped.reduce(reducerIn(operation, "fn"), options));
  if (result.kind !== "grouped table") throw new MalformedScenarioError(`reduce of a ${result.kind}`);
  const add = reducerIn(operation, "adder");
  return asTable(result.grouped.reduce({ ...options, add, subtract: reducerIn(operation, "subtractor") }));
};

const aggregate: Apply = (operation, scene) => {
  const result = scene.result(operation);
  const init = (): unknown => operation["init"] ?? null;
  if (result.kind === "grouped stream") {
    const options = materializedOrNothing(operation, scene);
    return asTable(result.grouped.aggregate({ ...options, init, add: aggregatorIn(operation, "agg") }));
  }
  const options = materialized(operation, scene.storeDefaults);
  if (result.kind !== "grouped table") throw new MalformedScenarioError(`aggregate of a ${result.kind}`);
  const add = aggregatorIn(operation, "adder");
  return asTable(result.grouped.aggregate({ ...options, init, add, subtract: aggregatorIn(operation, "subtractor") }));
};

/** Folding the records, or the rows, of a group. */
export const aggregating: OperationTable = { count, reduce, aggregate };
