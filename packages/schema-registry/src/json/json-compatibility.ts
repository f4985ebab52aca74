import { isDeepStrictEqual } from "node:util";
import type { SchemaTree } from "../serde/schema-tree.js";

/** Keywords that only describe. */
const ANNOTATIONS = [
  "$schema",
  "$id",
  "$comment",
  "title",
  "description",
  "default",
  "examples",
  "definitions",
  "$defs",
];
/** Compared by rules of their own; all others must be equal, or be absent in the schema that reads. */
const COMPARED = [
  "type",
  "enum",
  "const",
  "properties",
  "required",
  "additionalProperties",
  "items",
  "anyOf",
  "oneOf",
  "$ref",
];
const LOWER_BOUNDS = ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"];
const UPPER_BOUNDS = ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"];

type Keywords = Readonly<Record<string, unknown>>;

interface Comparison {
  readonly readerRoot: Keywords;
  readonly writerRoot: Keywords;
  readonly found: string[];
  /** Pairs of references that are being compared, so that recursive schemas end. */
  readonly pending: Set<string>;
}

/**
 * The reasons why values of one JSON schema may not be valid by another. It compares `type`, `enum`, `const`, properties,
 * `required`, `additionalProperties`, one schema for `items`, bounds, `anyOf`, `oneOf`, and references within the schema. Any
 * other keyword that the reading schema has must be equal. A property that only the reading schema knows is taken to be absent
 * in the data: content is not assumed to be there by accident.
 */
export function jsonIncompatibilities(readAs: SchemaTree, writtenAs: SchemaTree): readonly string[] {
  const reader: unknown = JSON.parse(readAs.schema.text);
  const writer: unknown = JSON.parse(writtenAs.schema.text);
  const found: string[] = [];
  const comparison = { readerRoot: keywords(reader), writerRoot: keywords(writer), found, pending: new Set<string>() };
  compare(reader, writer, "", comparison);
  return found;
}

function compare(reader: unknown, writer: unknown, path: string, comparison: Comparison): void {
  const { found, pending, readerRoot, writerRoot } = comparison;
  if (reader === true || isDeepStrictEqual(reader, {})) return;
  if (reader === false) {
    found.push(`${at(path)}nothing is allowed`);
    return;
  }
  const key = JSON.stringify([refOf(reader), refOf(writer)]);
  if (key !== "[null,null]") {
    if (pending.has(key)) return;
    pending.add(key);
  }
  const own = referred(reader, readerRoot);
  const other = referred(writer, writerRoot);
  if (alternatives(own) !== null || alternatives(other) !== null) compareAlternatives(own, other, path, comparison);
  else compareKeywords(own, other, path, comparison);
}

function compareKeywords(reader: Keywords, writer: Keywords, path: string, comparison: Comparison): void {
  compareTypes(reader, writer, path, comparison.found);
  compareValues(reader, writer, path, comparison.found);
  compareProperties(reader, writer, path, comparison);
  compareBounds(reader, writer, path, comparison.found);
  if (reader["items"] !== undefined) compare(reader["items"], writer["items"] ?? {}, `${path}[]`, comparison);
  const others = Object.keys(reader).filter(
    (name) => ![...ANNOTATIONS, ...COMPARED, ...LOWER_BOUNDS, ...UPPER_BOUNDS].includes(name),
  );
  for (const name of others)
    if (!isDeepStrictEqual(reader[name], writer[name])) comparison.found.push(`${at(path)}${name} is another`);
}

function compareAlternatives(reader: Keywords, writer: Keywords, path: string, comparison: Comparison): void {
  const readers = alternatives(reader) ?? [reader];
  for (const written of alternatives(writer) ?? [writer]) {
    const isReadable = readers.some((candidate) => {
      const found: string[] = [];
      compare(candidate, written, path, { ...comparison, found, pending: new Set(comparison.pending) });
      return found.length === 0;
    });
    if (!isReadable)
      comparison.found.push(`${at(path)}${JSON.stringify(written)} is valid by none of the alternatives`);
  }
}

function compareTypes(reader: Keywords, writer: Keywords, path: string, found: string[]): void {
  if (reader["type"] === undefined) return;
  const readable = [reader["type"]].flat();
  if (readable.includes("number")) readable.push("integer");
  const written = writer["type"] === undefined ? ["any type"] : [writer["type"]].flat();
  const unreadable = written.filter((type) => !readable.includes(type));
  if (unreadable.length > 0) found.push(`${at(path)}${unreadable.join(", ")} is not ${readable.join(" or ")}`);
}

function compareValues(reader: Keywords, writer: Keywords, path: string, found: string[]): void {
  const readable = valuesOf(reader);
  if (readable === null) return;
  const unreadable = (valuesOf(writer) ?? ["any value"]).filter(
    (value) => !readable.some((one) => isDeepStrictEqual(one, value)),
  );
  if (unreadable.length > 0) found.push(`${at(path)}${unreadable.map(String).join(", ")} is not among the values`);
}

function valuesOf(schema: Keywords): readonly unknown[] | null {
  if (Array.isArray(schema["enum"])) return schema["enum"];
  return schema["const"] === undefined ? null : [schema["const"]];
}

function compareProperties(reader: Keywords, writer: Keywords, path: string, comparison: Comparison): void {
  const own = keywords(reader["properties"]);
  const written = keywords(writer["properties"]);
  const open = reader["additionalProperties"] ?? true;
  for (const [name, schema] of Object.entries(written))
    compare(Object.hasOwn(own, name) ? own[name] : open, schema, inside(path, name), comparison);
  if (open !== true && isObject(writer))
    compare(open, writer["additionalProperties"] ?? {}, inside(path, "*"), comparison);
  const certain = [writer["required"] ?? []].flat();
  for (const name of [reader["required"] ?? []].flat().map(String)) {
    const hasDefault = keywords(own[name])["default"] !== undefined;
    if (!certain.includes(name) && !hasDefault)
      comparison.found.push(`${at(inside(path, name))}may be missing in the data`);
  }
}

/** Whether values may be objects with properties that are not named. */
function isObject(schema: Keywords): boolean {
  const types = schema["type"] === undefined ? ["object"] : [schema["type"]].flat();
  return types.includes("object") && schema["additionalProperties"] !== false;
}

function compareBounds(reader: Keywords, writer: Keywords, path: string, found: string[]): void {
  for (const name of LOWER_BOUNDS) {
    const bound = reader[name];
    if (bound !== undefined && !(Number(writer[name]) >= Number(bound)))
      found.push(`${at(path)}${name} ${bound} is higher`);
  }
  for (const name of UPPER_BOUNDS) {
    const bound = reader[name];
    if (bound !== undefined && !(Number(writer[name]) <= Number(bound)))
      found.push(`${at(path)}${name} ${bound} is lower`);
  }
}

function alternatives(schema: Keywords): readonly Keywords[] | null {
  const branches = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(branches) ? branches.map(keywords) : null;
}

function refOf(schema: unknown): unknown {
  return keywords(schema)["$ref"] ?? null;
}

/** The schema a reference within the schema leads to; any other reference stays, and must be equal. */
function referred(schema: unknown, root: Keywords): Keywords {
  const reference = refOf(schema);
  if (typeof reference !== "string") return keywords(schema);
  if (!reference.startsWith("#/")) return { reference };
  let target: unknown = root;
  for (const step of reference.slice(2).split("/"))
    target = keywords(target)[step.replaceAll("~1", "/").replaceAll("~0", "~")];
  return keywords(target);
}

function keywords(schema: unknown): Keywords {
  return typeof schema === "object" && schema !== null ? (schema as Keywords) : {};
}

function inside(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function at(path: string): string {
  return path === "" ? "" : `${path}: `;
}
