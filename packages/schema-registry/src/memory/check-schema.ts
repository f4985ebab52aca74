import { parseAvro } from "../avro/parse-avro.js";
import { compileJsonSchema } from "../json/compile-json-schema.js";
import type { SchemaType } from "../port/schema.js";
import { parseProtobuf } from "../protobuf/parse-protobuf.js";
import type { SchemaTree } from "../serde/schema-tree.js";

const CHECKS: Readonly<Record<SchemaType, (tree: SchemaTree) => unknown>> = {
  AVRO: (tree) => parseAvro(tree, {}),
  JSON: compileJsonSchema,
  PROTOBUF: parseProtobuf,
};

/** Throws InvalidSchemaError for what is no schema of its language. */
export function checkSchema(tree: SchemaTree): void {
  CHECKS[tree.schema.type](tree);
}
