import type { GlobalKTable, KTable, StreamTableJoinOptions } from "@millrace/streams-core";
import { joiner } from "../functions/joiners.js";
import { mapper } from "../functions/mappers.js";
import type { JsonObject, Operation } from "../scenario.js";
import { functionIn, has, numberIn, objectIn, serdeNameIn } from "../values/fields.js";
import { serdeNamed } from "../values/serde-named.js";
import { materialized, named } from "./options.js";
import { asStream, asTable, type AnyStream, type AnyTable, type Result, type Scene } from "./scene.js";

/** Joins two tables by key. */
export function joinTables(
  verb: "join" | "leftJoin" | "outerJoin",
  left: AnyTable,
  right: AnyTable,
  { operation, scene }: { readonly operation: Operation; readonly scene: Scene },
): Result {
  const join = joiner(functionIn(operation, "joiner"));
  // Between two tables the joiner of a scenario gets no key.
  const joinRows = (leftRow: unknown, rightRow: unknown): unknown => join(leftRow, rightRow, null);
  const options = { ...materialized(operation, scene.storeDefaults), ...foreignKey(operation) };
  switch (verb) {
    case "join":
      return asTable(left.join(right, joinRows, options));
    case "leftJoin":
      return asTable(left.leftJoin(right, joinRows, options));
    case "outerJoin":
      return asTable(left.outerJoin(right, joinRows, options));
  }
}

/** What makes it a join by foreign key, if it is one. */
function foreignKey(operation: Operation): { readonly on?: (value: unknown, key: unknown) => unknown } {
  if (!has(operation, "foreignKey")) return {};
  const find = mapper(functionIn(operation, "foreignKey"));
  return { on: (value, key) => find(key, value) };
}

/** Joins a stream with a table. */
export function joinTable(verb: "join" | "leftJoin", stream: AnyStream, table: AnyTable, operation: Operation): Result {
  // Tables have no null keys.
  const rows = table as unknown as KTable<NonNullable<unknown>, unknown>;
  const join = joiner(functionIn(operation, "joiner"));
  const options = joined(operation);
  return asStream(verb === "join" ? stream.join(rows, join, options) : stream.leftJoin(rows, join, options));
}

/** Joins a stream with a global table. */
export function joinGlobalTable(
  verb: "join" | "leftJoin",
  stream: AnyStream,
  table: GlobalKTable<unknown, unknown>,
  operation: Operation,
): Result {
  const join = joiner(functionIn(operation, "joiner"));
  const options = { ...named(operation), on: mapper(functionIn(operation, "keySelector")) };
  return asStream(verb === "join" ? stream.join(table, join, options) : stream.leftJoin(table, join, options));
}

function joined(operation: Operation): StreamTableJoinOptions<never, never, never> {
  if (!has(operation, "joined")) return {};
  const given = objectIn(operation, "joined");
  return {
    ...named(given),
    ...serdeOf(given, "key", "key"),
    ...serdeOf(given, "value", "leftValue"),
    ...(has(given, "graceMs") ? { graceMs: numberIn(given, "graceMs") } : {}),
  };
}

function serdeOf(given: JsonObject, field: string, option: string): StreamTableJoinOptions<never, never, never> {
  const name = serdeNameIn(given, field);
  return name === null ? {} : { [option]: serdeNamed(name) };
}
