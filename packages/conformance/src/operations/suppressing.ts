import { suppressed, type Suppressed, type SuppressOptions } from "@millrace/streams-core";
import type { JsonObject, Operation } from "../scenario.js";
import { has, isObject, numberIn, objectIn, textIn } from "../values/fields.js";
import { MalformedScenarioError } from "../values/malformed-scenario-error.js";
import { named } from "./options.js";
import { asTable, type OperationTable } from "./scene.js";

function bounds(buffer: JsonObject): SuppressOptions {
  return {
    ...(has(buffer, "maxRecords") ? { maxRecords: numberIn(buffer, "maxRecords") } : {}),
    ...(has(buffer, "maxBytes") ? { maxBytes: numberIn(buffer, "maxBytes") } : {}),
    ...(buffer["logging"] === false ? { logging: false } : {}),
  };
}

/** The scenarios are data: what the keys are is known to nobody at compile time. */
function suppressedBy(operation: Operation): Suppressed<unknown> {
  const buffer = isObject(operation["buffer"]) ? objectIn(operation, "buffer") : {};
  const options = { ...named(operation), ...bounds(buffer) };
  const type = textIn(operation, "type");
  if (type === "untilWindowCloses")
    return suppressed.untilWindowCloses(options) as Suppressed<never> as Suppressed<unknown>;
  if (type !== "untilTimeLimit") throw new MalformedScenarioError(`unknown suppress ${type}`);
  const onFull = buffer["onFull"] === "shutdown" ? "shutDown" : "emitEarly";
  return suppressed.untilTimeLimit({ ...options, onFull, timeLimitMs: numberIn(operation, "timeLimitMs") });
}

/** Holding a table's updates back. */
export const suppressing: OperationTable = {
  suppress: (operation, scene) => asTable(scene.table(operation).suppress(suppressedBy(operation))),
};
