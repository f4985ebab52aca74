import type { ErrorObject, ValidateFunction } from "ajv";
import { InvalidValueError, MalformedPayloadError } from "../errors.js";
import { ownSchema } from "../serde/own-schema.js";
import { RegistrySerde, type RegistrySerdeOptions } from "../serde/registry-serde.js";
import type { PayloadReader, PayloadWriter, SchemaFormat } from "../serde/schema-format.js";
import { ownTree, type OwnSchema, type SchemaTree } from "../serde/schema-tree.js";
import { HEADER_BYTES, writeHeader } from "../wire/wire-format.js";
import { compileJsonSchema } from "./compile-json-schema.js";

/** A JSON schema, or its text. */
export type JsonSchema = string | boolean | { readonly [keyword: string]: unknown };

/** Another subject's schema that a schema refers to. */
export interface JsonSchemaReference {
  /** The URI in `$ref`. */
  readonly name: string;
  /** The subject it is registered under; the serde registers it there where it registers at all. Default: its name. */
  readonly subject?: string;
  readonly schema: JsonSchema;
  readonly references?: readonly JsonSchemaReference[];
}

/** Settings of `jsonSchemaSerde`. */
export interface JsonSchemaSerdeOptions extends RegistrySerdeOptions {
  /** What is written, and what is read must be, whichever version it was written with. Without it: what it was written with. */
  readonly schema?: JsonSchema;
  readonly references?: readonly JsonSchemaReference[];
  /** Whether `format`, such as `date-time`, is checked; formats that nobody has defined never are. Default: true. */
  readonly checkFormats?: boolean;
}

/**
 * JSON in the wire format of schema registries; values are checked when they are written and when they are read. Drafts 7,
 * 2019-09 and 2020-12. The type of the values is said, not inferred. Throws InvalidSchemaError.
 *
 * @example
 * const courier = jsonSchemaSerde<{ id: string }>({
 *   registry: inMemoryRegistry(),
 *   schema: { type: "object", properties: { id: { type: "string" } }, required: ["id"] },
 * });
 */
export function jsonSchemaSerde<T = unknown>(options: JsonSchemaSerdeOptions): RegistrySerde<T> {
  return new RegistrySerde(new JsonFormat<T>(options), options);
}

const language = {
  type: "JSON",
  text: (schema: JsonSchema) => (typeof schema === "string" ? schema : JSON.stringify(schema)),
} as const;

class JsonFormat<T> implements SchemaFormat<T> {
  readonly name = "json-schema";
  readonly type = "JSON";
  readonly own: OwnSchema | null;
  readonly #checkFormats: boolean;
  readonly #readAs: ValidateFunction | null;

  constructor(options: JsonSchemaSerdeOptions) {
    this.#checkFormats = options.checkFormats ?? true;
    this.own = options.schema === undefined ? null : ownSchema(language, options.schema, options.references);
    this.#readAs = this.own === null ? null : compileJsonSchema(ownTree(this.own), this.#checkFormats);
  }

  recordName({ schema }: SchemaTree): string | null {
    const { title } = Object(JSON.parse(schema.text)) as { title?: unknown };
    return typeof title === "string" ? title : null;
  }

  writer(tree: SchemaTree, id: number): PayloadWriter<T> {
    return new JsonWriter(compileJsonSchema(tree, this.#checkFormats), id);
  }

  reader(tree: SchemaTree): PayloadReader<T> {
    return new JsonReader(this.#readAs ?? compileJsonSchema(tree, this.#checkFormats));
  }
}

class JsonWriter<T> implements PayloadWriter<T> {
  readonly #isValid: ValidateFunction;
  readonly #id: number;

  constructor(isValid: ValidateFunction, id: number) {
    this.#isValid = isValid;
    this.#id = id;
  }

  write(value: T): Uint8Array {
    if (!this.#isValid(value)) {
      const { path, what } = problemOf(this.#isValid.errors);
      throw new InvalidValueError(`The value is not what its JSON schema says: ${path} ${what}.`, path);
    }
    const text = textOf(value);
    const record = Buffer.allocUnsafe(HEADER_BYTES + Buffer.byteLength(text));
    writeHeader(record, this.#id);
    record.write(text, HEADER_BYTES);
    return record;
  }
}

class JsonReader<T> implements PayloadReader<T> {
  readonly #isValid: ValidateFunction;

  constructor(isValid: ValidateFunction) {
    this.#isValid = isValid;
  }

  read(record: Buffer): T {
    let value: unknown;
    try {
      value = JSON.parse(record.toString("utf8", HEADER_BYTES));
    } catch (cause) {
      throw new MalformedPayloadError("The record is no JSON: it is damaged, or was cut off.", { cause });
    }
    if (this.#isValid(value)) return value as T;
    const { path, what } = problemOf(this.#isValid.errors);
    throw new MalformedPayloadError(`The record is not what its JSON schema says: ${path} ${what}.`);
  }
}

function textOf(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch (cause) {
    throw new InvalidValueError(`The value cannot be written as JSON: ${String(cause)}.`, "", { cause });
  }
  if (text === undefined) throw new InvalidValueError(`A ${typeof value} has no JSON form.`, "");
  return text;
}

function problemOf(errors: readonly ErrorObject[] | null | undefined): { path: string; what: string } {
  const error = errors?.[0];
  return { path: (error?.instancePath ?? "").slice(1).replaceAll("/", "."), what: error?.message ?? "is not valid" };
}
