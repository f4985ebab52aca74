import type { OwnSchema, SchemaTree } from "./schema-tree.js";
import type { SchemaType } from "../port/schema.js";

/** What one language of schemas does with values. The rest of a serde is the same for all of them. */
export interface SchemaFormat<T> {
  /** Shown in errors: `avro`, `json-schema`, `protobuf`. */
  readonly name: string;
  readonly type: SchemaType;
  /** What the program brought along; null: it reads as written, and writes with the subject's latest version. */
  readonly own: OwnSchema | null;
  /** Full name of what the schema describes, for names of subjects; null where it has none. */
  recordName(tree: SchemaTree): string | null;
  /** Prepares writing with a schema under its id. Throws InvalidSchemaError. */
  writer(tree: SchemaTree, id: number): PayloadWriter<T>;
  /** Prepares reading what was written with a schema. Throws InvalidSchemaError and UnreadableSchemaError. */
  reader(tree: SchemaTree): PayloadReader<T>;
}

/** Writes values with one schema. */
export interface PayloadWriter<T> {
  /** Header and payload, in memory of their own. Throws InvalidValueError. */
  write(value: T): Uint8Array;
}

/** Reads what one schema wrote. */
export interface PayloadReader<T> {
  /** The value whose record, header included, is all of `record`. Throws a SchemaError for bytes that are not the schema's. */
  read(record: Buffer): T;
}
