import { parseAvro } from "../avro/parse-avro.js";
import type { SchemaTree } from "../serde/schema-tree.js";

/** Throws InvalidSchemaError for what is no schema of its language. */
export function checkSchema(tree: SchemaTree): void {
  parseAvro(tree, {});
}
