import { aggregator, type Aggregator } from "../functions/aggregators.js";
import { merger, type Merger } from "../functions/mergers.js";
import { reducer, type Reducer } from "../functions/reducers.js";
import type { Operation } from "../scenario.js";
import { functionIn, has } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { materialized, windowedMaterialized } from "./options.js";
import { asTable, type Apply, type OperationTable, type Result, type Scene } from "./scene.js";

const aggregatorIn = (operation: Operation, field: string): Aggregator => aggregator(functionIn(operation, field));
const reducerIn = (operation: Operation, field: string): Reducer => reducer(functionIn(operation, field));

const count: Apply = (operation, scene) => {
  const result = scene.result(operation);
  if (result.kind === "grouped stream" || result.kind === "grouped table") {
    return asTable(result.grouped.count(materialized(operation, scene.storeDefaults)));
  }
  if (result.kind === "windowed stream") {
    return asTable(result.windowed.count(windowedMaterialized(operation, scene.storeDefaults)));
  }
  throw new MalformedScenarioError(`count of a ${result.kind}`);
};

/** Java has no overload of these with a name alone, so that such a name is lost. */
function materializedOrNothing(operation: Operation, scene: Scene): ReturnType<typeof materialized> {
  return has(operation, "materialized") ? materialized(operation, scene.storeDefaults) : {};
}

const noMerger: Merger = () => {
  throw new MalformedScenarioError("sessions without a merger");
};

const reduce: Apply = (operation, scene) => {
  const result = scene.result(operation);
  if (result.kind === "windowed stream") {
    const options = windowedMaterialized(operation, scene.storeDefaults);
    return asTable(result.windowed.reduce(reducerIn(operation, "fn"), options));
  }
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
  if (result.kind !== "grouped table") return windowedOrCogrouped(result, operation, scene);
  const options = materialized(operation, scene.storeDefaults);
  const add = aggregatorIn(operation, "adder");
  return asTable(result.grouped.aggregate({ ...options, init, add, subtract: aggregatorIn(operation, "subtractor") }));
};

function windowedOrCogrouped(result: Result, operation: Operation, scene: Scene): Result {
  const init = (): unknown => operation["init"] ?? null;
  const merge = has(operation, "merger") ? merger(functionIn(operation, "merger")) : noMerger;
  const options = windowedMaterialized(operation, scene.storeDefaults);
  switch (result.kind) {
    case "windowed stream":
      return asTable(result.windowed.aggregate({ ...options, init, add: aggregatorIn(operation, "agg"), merge }));
    case "cogrouped streams":
      return asTable(result.streams(init).aggregate(options));
    case "windowed cogrouped streams":
      return asTable(result.streams(init).aggregate({ ...options, merge }));
    default:
      throw new MalformedScenarioError(`aggregate of a ${result.kind}`);
  }
}

/** Folding the records, or the rows, of a group. */
export const aggregating: OperationTable = { count, reduce, aggregate };
