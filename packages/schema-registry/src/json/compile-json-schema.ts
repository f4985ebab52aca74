import { Ajv, type AnySchema, type ValidateFunction } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { InvalidSchemaError } from "../errors.js";
import type { SchemaTree } from "../serde/schema-tree.js";

// What registries keep uses words of other tools (`javaType`, `connect.index`), and formats that nobody has defined.
const OPTIONS = { strict: false, allowUnionTypes: true, logger: false } as const;
const KNOWN_DIALECT = /draft-07|2019-09|2020-12/u;

/** A function that tells whether a value is the schema's, `format` included unless told otherwise. Throws InvalidSchemaError. */
export function compileJsonSchema(tree: SchemaTree, checkFormats = true): ValidateFunction {
  try {
    const root = parsed(tree);
    const dialect = dialectOf(root);
    const options = { ...OPTIONS, validateFormats: checkFormats };
    const ajv = dialect.includes("2020-12")
      ? new Ajv2020(options)
      : dialect.includes("2019-09")
        ? new Ajv2019(options)
        : new Ajv(options);
    if (checkFormats) addFormats.default(ajv);
    addReferences(ajv, tree);
    return ajv.compile(root);
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidSchemaError(`Not a JSON schema: ${what}. Correct the schema, or name what it refers to.`, {
      cause,
    });
  }
}

function addReferences(ajv: Ajv, tree: SchemaTree): void {
  for (const { name, tree: referred } of tree.references) {
    addReferences(ajv, referred);
    if (ajv.schemas[name] === undefined && ajv.refs[name] === undefined) ajv.addSchema(parsed(referred), name);
  }
}

/** The schema. Drafts before 7 are read as 7, which only adds to them. */
function parsed(tree: SchemaTree): AnySchema {
  const root = JSON.parse(tree.schema.text) as unknown;
  if (typeof root === "boolean") return root;
  if (typeof root !== "object" || root === null || Array.isArray(root))
    throw new Error("it is neither an object nor a boolean");
  if (dialectOf(root) === "" || KNOWN_DIALECT.test(dialectOf(root))) return root;
  const { $schema: _, ...rest } = root as Record<string, unknown>;
  return rest;
}

function dialectOf(root: unknown): string {
  return String((root as { $schema?: unknown }).$schema ?? "");
}
