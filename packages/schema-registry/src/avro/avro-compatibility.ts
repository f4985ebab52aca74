import type avsc from "avsc";
import type { Type } from "avsc";
import type { SchemaTree } from "../serde/schema-tree.js";
import { parseAvro } from "./parse-avro.js";

const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  int: ["int"],
  long: ["long", "int"],
  float: ["float", "long", "int"],
  double: ["double", "float", "long", "int"],
  string: ["string", "bytes"],
  bytes: ["bytes", "string"],
};

/** The reasons why data of one schema cannot be read with another, by Avro's rules of schema resolution; each with its path. */
export function avroIncompatibilities(readAs: SchemaTree, writtenAs: SchemaTree): readonly string[] {
  // Logical types have no say in what can be read.
  const options = { logicalTypes: {} };
  const found: string[] = [];
  compare({ reader: parseAvro(readAs, options), writer: parseAvro(writtenAs, options), path: "" }, found, new Set());
  return found;
}

interface Pair {
  readonly reader: Type;
  readonly writer: Type;
  readonly path: string;
}

/** Pairs of records under comparison, so that recursive ones end. */
type Pending = Set<string>;

function compare(pair: Pair, found: string[], pending: Pending): void {
  const reader = plain(pair.reader);
  const writer = plain(pair.writer);
  const { path } = pair;
  if (isKind(writer, "union")) {
    for (const branch of writer.types) compare({ reader, writer: branch, path }, found, pending);
  } else if (isKind(reader, "union")) {
    compareWithBranches(reader.types, writer, path, { found, pending });
  } else if (isKind(reader, "array") && isKind(writer, "array")) {
    compare({ reader: reader.itemsType, writer: writer.itemsType, path: `${path}[]` }, found, pending);
  } else if (isKind(reader, "map") && isKind(writer, "map")) {
    compare({ reader: reader.valuesType, writer: writer.valuesType, path: `${path}{}` }, found, pending);
  } else if (isNamed(reader) && reader.typeName === writer.typeName) {
    compareNamed(reader, writer, path, { found, pending });
  } else if (!(PROMOTIONS[reader.typeName] ?? [reader.typeName]).includes(writer.typeName)) {
    found.push(`${at(path)}${shown(writer)} cannot be read as ${shown(reader)}`);
  }
}

function compareNamed(reader: Type, writer: Type, path: string, findings: Findings): void {
  const kind = reader.typeName;
  if (!hasName(reader, writer)) {
    findings.found.push(
      `${at(path)}${kind} ${writer.name} cannot be read as ${kind} ${reader.name}, which has no such alias`,
    );
    return;
  }
  if (isKind(reader, "record") && isKind(writer, "record")) compareRecords(reader, writer, path, findings);
  if (isKind(reader, "enum") && isKind(writer, "enum")) compareEnums(reader, writer, path, findings.found);
  if (isKind(reader, "fixed") && isKind(writer, "fixed") && reader.size !== writer.size)
    findings.found.push(`${at(path)}fixed ${reader.name} has ${reader.size} bytes, in the data ${writer.size}`);
}

interface Findings {
  readonly found: string[];
  readonly pending: Pending;
}

function compareWithBranches(
  branches: readonly Type[],
  writer: Type,
  path: string,
  { found, pending }: Findings,
): void {
  const reasons = branches.map((reader) => {
    const own: string[] = [];
    compare({ reader, writer, path }, own, new Set(pending));
    return own;
  });
  if (reasons.some((own) => own.length === 0)) return;
  // The branch that is meant is the one of the same kind; its own reasons say more than "none fits".
  const alike = branches.findIndex((reader) => plain(reader).typeName === writer.typeName);
  if (alike >= 0) found.push(...reasons[alike]!);
  else found.push(`${at(path)}${shown(writer)} is no branch of the union [${branches.map(shown).join(", ")}]`);
}

function compareRecords(reader: RecordType, writer: RecordType, path: string, { found, pending }: Findings): void {
  const key = `${reader.name}\0${writer.name}`;
  if (pending.has(key)) return;
  pending.add(key);
  for (const field of reader.fields) {
    const names = [field.name, ...field.aliases];
    const written = writer.fields.find(({ name }) => names.includes(name));
    const fieldPath = path === "" ? field.name : `${path}.${field.name}`;
    if (written !== undefined) compare({ reader: field.type, writer: written.type, path: fieldPath }, found, pending);
    else if (field.defaultValue() === undefined)
      found.push(`${at(fieldPath)}the field is missing in the data and has no default`);
  }
}

function compareEnums(reader: EnumType, writer: EnumType, path: string, found: string[]): void {
  if (reader.default !== undefined) return;
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  if (missing.length > 0)
    found.push(
      `${at(path)}enum ${reader.name} has no ${missing.join(", ")}, and no default for symbols it does not know`,
    );
}

type RecordType = avsc.types.RecordType;
type FixedType = avsc.types.FixedType;
type EnumType = avsc.types.EnumType & { readonly default?: string };
interface Kinds {
  union: avsc.types.UnwrappedUnionType;
  record: RecordType;
  array: avsc.types.ArrayType;
  map: avsc.types.MapType;
  enum: EnumType;
  fixed: FixedType;
}

function isKind<K extends keyof Kinds>(type: Type, kind: K): type is Kinds[K] {
  const { typeName } = type;
  return (
    typeName === kind ||
    (kind === "union" && typeName.startsWith("union:")) ||
    (kind === "record" && typeName === "error")
  );
}

function isNamed(type: Type): boolean {
  return isKind(type, "record") || isKind(type, "enum") || isKind(type, "fixed");
}

/** What a logical type is written as. */
function plain(type: Type): Type {
  return type.typeName.startsWith("logical:") ? (type as avsc.types.LogicalType).underlyingType : type;
}

/** The same name, namespaces apart, or an alias for it: Java's rule. */
function hasName(reader: Type, writer: Type): boolean {
  if (reader.name === undefined || writer.name === undefined) return true;
  return unqualified(reader.name) === unqualified(writer.name) || (reader.aliases ?? []).includes(writer.name);
}

function unqualified(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function at(path: string): string {
  return path === "" ? "" : `${path}: `;
}

function shown(type: Type): string {
  if (isKind(type, "union")) return `[${type.types.map(shown).join(", ")}]`;
  return type.name === undefined ? type.typeName : `${type.typeName} ${type.name}`;
}
