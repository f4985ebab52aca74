import avsc, { type Type } from "avsc";
import { InvalidSchemaError } from "../errors.js";
import type { SchemaTree } from "../serde/schema-tree.js";
import { boundedType } from "./bounded-types.js";
import { LOGICAL_TYPES, type LogicalTypeClass } from "./logical-types.js";
import { longAsBigint } from "./long-as-bigint.js";

/** How values of Avro's types look in a program. */
export interface AvroTypeOptions {
  /** `long` as a number, refused beyond 2^53, or as a bigint. Default: number. */
  readonly longs?: "number" | "bigint";
  /**
   * Values of unions: as they are where the value tells its branch, else in an object with the branch's name (`auto`); always
   * in such an object (`wrapped`). Default: auto.
   */
  readonly unions?: "auto" | "wrapped";
  /** More logical types by name, or others in place of those known; see avsc's `LogicalType`. */
  readonly logicalTypes?: Readonly<Record<string, LogicalTypeClass>>;
}

/** The type of a schema, with the types it refers to. Throws InvalidSchemaError. */
export function parseAvro(tree: SchemaTree, options: AvroTypeOptions): Type {
  const registry: Record<string, Type> = options.longs === "bigint" ? { long: longAsBigint() } : {};
  return parseInto(registry, tree, options);
}

function parseInto(registry: Record<string, Type>, tree: SchemaTree, options: AvroTypeOptions): Type {
  for (const { name, tree: referred } of tree.references) {
    if (registry[name] === undefined) parseInto(registry, referred, options);
  }
  try {
    return avsc.Type.forSchema(JSON.parse(tree.schema.text), {
      registry,
      omitRecordMethods: true,
      logicalTypes: { ...LOGICAL_TYPES, ...options.logicalTypes } as never,
      typeHook: boundedType,
      wrapUnions: options.unions === "wrapped" ? "always" : "auto",
    });
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidSchemaError(`Not an Avro schema: ${what}. Correct the schema, or name what it refers to.`, {
      cause,
    });
  }
}
