import type { Json, JsonObject, NamedFunction, SerdeName } from "../scenario.js";
import { MalformedScenarioError } from "./malformed-scenario-error.js";

/** Whether a field is there and not null. */
export function has(object: JsonObject, field: string): boolean {
  return object[field] !== undefined && object[field] !== null;
}

export function textIn(object: JsonObject, field: string): string {
  const value = object[field];
  if (typeof value !== "string") throw lacking(object, field, "a string");
  return value;
}

export function numberIn(object: JsonObject, field: string): number {
  const value = object[field];
  if (typeof value !== "number") throw lacking(object, field, "a number");
  return value;
}

export function objectIn(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  if (!isObject(value)) throw lacking(object, field, "an object");
  return value;
}

export function objectsIn(object: JsonObject, field: string): readonly JsonObject[] {
  const value = object[field] ?? [];
  if (!isArray(value) || !value.every(isObject)) throw lacking(object, field, "an array of objects");
  return value;
}

export function textsIn(object: JsonObject, field: string): readonly string[] {
  const value = object[field] ?? [];
  if (!isArray(value) || !value.every((text) => typeof text === "string")) throw lacking(object, field, "texts");
  return value;
}

export function functionIn(object: JsonObject, field: string): NamedFunction {
  const value = objectIn(object, field);
  return { ...value, name: textIn(value, "name") };
}

/** Null when the field is absent: the serde is not given. */
export function serdeNameIn(object: JsonObject, field: string): SerdeName | null {
  return has(object, field) ? (object[field] as SerdeName) : null;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function lacking(object: JsonObject, field: string, what: string): MalformedScenarioError {
  return new MalformedScenarioError(`${JSON.stringify(object)} lacks ${what} in ${field}`);
}
