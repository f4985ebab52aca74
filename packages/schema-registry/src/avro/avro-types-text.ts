import type avsc from "avsc";
import type { Type } from "avsc";
import type { SchemaTree } from "../serde/schema-tree.js";
import { parseAvro, type AvroTypeOptions } from "./parse-avro.js";

const PLAIN: Readonly<Record<string, string>> = {
  null: "null",
  boolean: "boolean",
  int: "number",
  long: "number",
  "abstract:long": "bigint",
  float: "number",
  double: "number",
  bytes: "Buffer",
  fixed: "Buffer",
  string: "string",
  "logical:timestamp-millis": "Date",
  "logical:local-timestamp-millis": "Date",
  "logical:date": "Date",
  "logical:uuid": "string",
  "logical:decimal": "string",
};

/**
 * TypeScript for an Avro schema: an interface for each record, a type for each enum, and the schema itself, marked with the type
 * of its values, for `avroSerde`. What `millrace-avro-types` writes. Throws InvalidSchemaError.
 */
export function avroTypesText(tree: SchemaTree, options: AvroTypeOptions = {}): string {
  const type = parseAvro(tree, options);
  const declarations = new Declarations();
  const value = expression(type, declarations);
  const name = declarations.nameOf(type.name ?? "Value");
  const own = declarations.has(name) ? [] : [`export type ${name} = ${value};\n`];
  const constant = `${name[0]!.toLowerCase()}${name.slice(1)}Schema`;
  const schema = JSON.stringify(JSON.parse(tree.schema.text), null, 2);
  return [
    'import { avroSchema } from "@millrace/schema-registry";\n',
    ...declarations.texts().reverse(),
    ...own,
    `export const ${constant} = avroSchema<${name}>(${schema});\n`,
  ].join("\n");
}

function expression(type: Type, declarations: Declarations): string {
  const plain = PLAIN[type.typeName];
  if (plain !== undefined) return plain;
  switch (type.typeName) {
    case "record":
    case "error":
      return recordName(type as avsc.types.RecordType, declarations);
    case "enum":
      return enumName(type as avsc.types.EnumType, declarations);
    case "array":
      return `${grouped(expression((type as avsc.types.ArrayType).itemsType, declarations))}[]`;
    case "map":
      return `{ [key: string]: ${expression((type as avsc.types.MapType).valuesType as Type, declarations)} }`;
    case "union:unwrapped":
      return branches(type)
        .map((branch) => expression(branch, declarations))
        .join(" | ");
    case "union:wrapped":
      return branches(type)
        .map((branch) => wrapped(branch, declarations))
        .join(" | ");
    default:
      return "unknown";
  }
}

function recordName(type: avsc.types.RecordType, declarations: Declarations): string {
  const name = declarations.nameOf(type.name ?? "Value");
  if (declarations.has(name)) return name;
  // Before its fields, so that a record may name itself.
  declarations.set(name, "");
  const fields = type.fields.map((field) => `  ${field.name}: ${expression(field.type, declarations)};\n`);
  declarations.set(name, `export interface ${name} {\n${fields.join("")}}\n`);
  return name;
}

function enumName(type: avsc.types.EnumType, declarations: Declarations): string {
  const name = declarations.nameOf(type.name ?? "Value");
  const symbols = type.symbols.map((symbol) => JSON.stringify(symbol)).join(" | ");
  declarations.set(name, `export type ${name} = ${symbols};\n`);
  return name;
}

function wrapped(branch: Type, declarations: Declarations): string {
  if (branch.typeName === "null") return "null";
  return `{ ${JSON.stringify(branch.branchName)}: ${expression(branch, declarations)} }`;
}

function branches(type: Type): readonly Type[] {
  return (type as avsc.types.UnwrappedUnionType).types;
}

function grouped(text: string): string {
  return text.includes(" | ") ? `(${text})` : text;
}

/** What the text uses itself. */
const TAKEN = ["Buffer", "Date"];

/** The types of a schema in TypeScript, under names of their own. */
class Declarations {
  readonly #texts = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>(TAKEN);

  has(name: string): boolean {
    return this.#texts.has(name);
  }

  /** The type declared last is the last one. */
  set(name: string, text: string): void {
    this.#texts.delete(name);
    this.#texts.set(name, text);
  }

  texts(): string[] {
    return [...this.#texts.values()];
  }

  /** Of a type of that full name: without its namespace, or with as much of it as tells it from others. */
  nameOf(fullName: string): string {
    const known = this.#names.get(fullName);
    if (known !== undefined) return known;
    const parts = fullName.split(".").map((part) => `${part[0]!.toUpperCase()}${part.slice(1)}`);
    let name = "";
    do name = `${parts.pop() ?? "Avro"}${name}`;
    while (this.#taken.has(name));
    this.#taken.add(name);
    this.#names.set(fullName, name);
    return name;
  }
}
