import { RegistryRefusedError } from "../errors.js";
import type {
  CompatibilityLevel,
  CompatibilityVerdict,
  RegisteredSchema,
  SchemaReference,
  SchemaText,
  SchemaType,
} from "../port/schema.js";

// What a registry sends is checked field by field before anything believes it.

const TYPES: readonly string[] = ["AVRO", "JSON", "PROTOBUF"] satisfies SchemaType[];

/** A schema as the registry wants it. Avro goes without its type, which old registries do not know. */
export function schemaBody({ type, text, references }: SchemaText): object {
  return {
    schema: text,
    ...(type === "AVRO" ? {} : { schemaType: type }),
    ...(references.length === 0 ? {} : { references }),
  };
}

export function schemaId(data: unknown): number {
  return number(fields(data)["id"], "an id");
}

export function schemaText(data: unknown): SchemaText {
  const { schema, schemaType = "AVRO", references } = fields(data);
  if (!TYPES.includes(String(schemaType))) throw strange(`a known type of schema instead of ${String(schemaType)}`);
  const listed = references === undefined || references === null ? [] : list(references);
  return { type: schemaType as SchemaType, text: text(schema, "a schema"), references: listed.map(reference) };
}

/** `asked` stands in for the schema where the registry leaves it out. */
export function registeredSchema(data: unknown, asked?: SchemaText): RegisteredSchema {
  const { id, subject, version, schema } = fields(data);
  return {
    id: number(id, "an id"),
    subject: text(subject, "a subject"),
    version: number(version, "a version"),
    schema: schema === undefined && asked !== undefined ? asked : schemaText(data),
  };
}

export function verdict(data: unknown): CompatibilityVerdict {
  const { is_compatible, messages, reason } = fields(data);
  if (typeof is_compatible !== "boolean") throw strange("a verdict on compatibility");
  if (is_compatible) return { isCompatible: true, messages: [] };
  const told = Array.isArray(messages) ? messages.map(String) : [];
  if (told.length === 0) told.push(typeof reason === "string" ? reason : "the registry gives no reason");
  return { isCompatible: false, messages: told };
}

export function level(data: unknown): CompatibilityLevel {
  const { compatibilityLevel } = fields(data);
  return text(compatibilityLevel, "a compatibility level") as CompatibilityLevel;
}

export function texts(data: unknown): string[] {
  return list(data).map((item) => text(item, "a name"));
}

export function numbers(data: unknown): number[] {
  return list(data).map((item) => number(item, "a version"));
}

function reference(data: unknown): SchemaReference {
  const { name, subject, version } = fields(data);
  return { name: text(name, "a name"), subject: text(subject, "a subject"), version: number(version, "a version") };
}

function fields(data: unknown): Record<string, unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw strange("an object");
  return data as Record<string, unknown>;
}

function list(data: unknown): unknown[] {
  if (!Array.isArray(data)) throw strange("a list");
  return data;
}

function number(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value)) throw strange(what);
  return value as number;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw strange(what);
  return value;
}

function strange(expected: string): RegistryRefusedError {
  return new RegistryRefusedError(
    `The schema registry's answer lacks ${expected}. Check that the address is that of a schema registry.`,
    200,
  );
}
