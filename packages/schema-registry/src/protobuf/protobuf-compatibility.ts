import protobuf from "protobufjs";
import type { SchemaTree } from "../serde/schema-tree.js";
import { nestedMessages, parseProtobuf } from "./parse-protobuf.js";

/** Kinds of numbers that are written alike, so that one may be read as another. */
const ALIKE: readonly (readonly string[])[] = [
  ["int32", "uint32", "int64", "uint64", "bool", "enum"],
  ["sint32", "sint64"],
  ["fixed32", "sfixed32"],
  ["fixed64", "sfixed64"],
  ["string", "bytes"],
];

/**
 * The reasons why messages of one `.proto` file cannot be read with another. Messages are matched by name, fields by number:
 * kinds must be written alike, fields stay single or repeated, messages do not go away, and required fields (proto2) neither
 * come nor go. Moves into and out of `oneof` and changes of reserved numbers are not looked at.
 */
export function protobufIncompatibilities(readAs: SchemaTree, writtenAs: SchemaTree): readonly string[] {
  const found: string[] = [];
  compareMessages(parseProtobuf(readAs).messages, parseProtobuf(writtenAs).messages, found);
  return found;
}

function compareMessages(readers: readonly protobuf.Type[], writers: readonly protobuf.Type[], found: string[]): void {
  for (const writer of writers) {
    const reader = readers.find(({ name }) => name === writer.name);
    if (reader === undefined) found.push(`message ${writer.name} is missing`);
    else {
      compareFields(reader, writer, found);
      compareMessages(nestedMessages(reader), nestedMessages(writer), found);
    }
  }
}

function compareFields(reader: protobuf.Type, writer: protobuf.Type, found: string[]): void {
  for (const field of reader.fieldsArray) {
    const written = writer.fieldsById[field.id];
    const path = `${reader.name}.${field.name}`;
    if (written !== undefined) compareField(field, written, path, found);
    else if (field.required) found.push(`${path}: the required field is missing in the data`);
  }
}

function compareField(field: protobuf.Field, written: protobuf.Field, path: string, found: string[]): void {
  const [kind, writtenKind] = [kindOf(field), kindOf(written)];
  const isAlike = kind === writtenKind || ALIKE.some((group) => group.includes(kind) && group.includes(writtenKind));
  if (!isAlike) found.push(`${path}: ${writtenKind} cannot be read as ${kind}`);
  else if (field.repeated !== written.repeated)
    found.push(`${path}: a single field does not become repeated, nor the reverse`);
  else if (field.required && !written.required) found.push(`${path}: the required field may be missing in the data`);
}

function kindOf(field: protobuf.Field): string {
  if (field instanceof protobuf.MapField) return `map of ${field.keyType} to ${valueKind(field)}`;
  return valueKind(field);
}

function valueKind({ resolvedType, type }: protobuf.Field): string {
  if (resolvedType instanceof protobuf.Enum) return "enum";
  return resolvedType instanceof protobuf.Type ? `message ${resolvedType.name}` : type;
}
