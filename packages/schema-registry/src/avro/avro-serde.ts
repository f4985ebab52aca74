import type { Type } from "avsc";
import { ownSchema } from "../serde/own-schema.js";
import { RegistrySerde, type RegistrySerdeOptions } from "../serde/registry-serde.js";
import type { PayloadReader, PayloadWriter, SchemaFormat } from "../serde/schema-format.js";
import { ownTree, type OwnSchema, type SchemaTree } from "../serde/schema-tree.js";
import { AvroReader } from "./avro-reader.js";
import type { AvroSchema } from "./avro-schema.js";
import type { AvroType } from "./avro-type.js";
import { AvroWriter } from "./avro-writer.js";
import { parseAvro, type AvroTypeOptions } from "./parse-avro.js";

/** A named type of another subject that a schema uses. */
export interface AvroReference {
  /** Its full name. */
  readonly name: string;
  /** The subject it is registered under; the serde registers it there where it registers at all. Default: its name. */
  readonly subject?: string;
  readonly schema: AvroSchema;
  readonly references?: readonly AvroReference[];
}

/** Settings of `avroSerde`. */
export interface AvroSerdeOptions<Schema, Longs extends "number" | "bigint" = "number" | "bigint">
  extends RegistrySerdeOptions, AvroTypeOptions {
  /**
   * What is written, and what all that was written is read as, older and newer versions too: as JSON or its text. Without it,
   * records are read as they were written, and written with the subject's latest version if `useLatestVersion` is set.
   */
  readonly schema?: Schema;
  /** The types of other subjects that `schema` uses. */
  readonly references?: readonly AvroReference[];
  readonly longs?: Longs;
}

/**
 * Avro in the wire format of schema registries. The type of the values is the one of a schema written in TypeScript; of any
 * other schema it is said: `avroSerde<Courier>({ ... })`, or `avroSchema<Courier>(...)`. Throws InvalidSchemaError.
 *
 * @example
 * const courier = avroSerde({
 *   registry: httpRegistry({ url: "http://localhost:8081" }),
 *   schema: { type: "record", name: "Courier", fields: [{ name: "id", type: "string" }] },
 * });
 * builder.stream("couriers", { key: serdes.string, value: courier }).mapValues((value) => value.id);
 */
export function avroSerde<
  T = never,
  const Schema extends AvroSchema = AvroSchema,
  Longs extends "number" | "bigint" = "number" | "bigint",
>(
  options: AvroSerdeOptions<Schema, Longs>,
): RegistrySerde<[T] extends [never] ? AvroType<Schema, [Longs] extends ["bigint"] ? bigint : number> : T> {
  return new RegistrySerde(new AvroFormat(options), options);
}

const language = { type: "AVRO", text: schemaText } as const;

class AvroFormat<T> implements SchemaFormat<T> {
  readonly name = "avro";
  readonly type = "AVRO";
  readonly own: OwnSchema | null;
  readonly #options: AvroTypeOptions;
  readonly #readAs: Type | null;

  constructor(options: AvroSerdeOptions<AvroSchema, "number" | "bigint">) {
    this.#options = options;
    this.own = options.schema === undefined ? null : ownSchema(language, options.schema, options.references);
    this.#readAs = this.own === null ? null : parseAvro(ownTree(this.own), options);
  }

  recordName(tree: SchemaTree): string | null {
    return parseAvro(tree, this.#options).name ?? null;
  }

  writer(tree: SchemaTree, id: number): PayloadWriter<T> {
    return new AvroWriter(parseAvro(tree, this.#options), id);
  }

  reader(tree: SchemaTree): PayloadReader<T> {
    return new AvroReader(parseAvro(tree, this.#options), this.#readAs);
  }
}

function schemaText(schema: AvroSchema): string {
  if (typeof schema !== "string") return JSON.stringify(schema);
  const isJson = /^\s*[[{"]/u.test(schema);
  return isJson ? schema : JSON.stringify(schema);
}
