import type { KeyValue, ValueAndTimestamp } from "@millrace/streams-core";
import type { Json, JsonObject } from "../scenario.js";
import { toJson } from "../values/json-value.js";

/** A row's value, with its timestamp if the store keeps one. */
export function shown(row: unknown): JsonObject {
  return isTimestamped(row) ? { value: toJson(row.value), timestamp: row.timestamp } : { value: toJson(row) };
}

/** All rows in the order of the iterator, read to its end. */
export function listed(rows: Iterable<KeyValue<unknown, unknown>>): Json {
  return Array.from(rows, ({ key, value }) => ({ key: toJson(key), ...shown(value) }));
}

function isTimestamped(row: unknown): row is ValueAndTimestamp<unknown> {
  return typeof row === "object" && row !== null && "value" in row && "timestamp" in row;
}
