import { InvalidSchemaError } from "../errors.js";
import type { SchemaQuestions } from "../port/schema-registry.js";
import type { SchemaReference, SchemaText, SchemaType } from "../port/schema.js";
import { chain, chainAll, type Now } from "./chain.js";

/** A schema with all it refers to. */
export interface SchemaTree {
  readonly schema: SchemaText;
  readonly references: readonly SchemaTreeReference[];
}

export interface SchemaTreeReference {
  /** As the referring schema names it. */
  readonly name: string;
  readonly tree: SchemaTree;
}

/** A schema that a program brings along, not registered yet. */
export interface OwnSchema {
  readonly type: SchemaType;
  readonly text: string;
  readonly references: readonly OwnReference[];
}

/** What an own schema refers to, and the subject it is registered under. */
export interface OwnReference {
  readonly name: string;
  readonly subject: string;
  readonly schema: OwnSchema;
}

/** A registry, whether it answers at once or later. */
export type AnyQuestions = SchemaQuestions<"now"> | SchemaQuestions<"later">;

// What a registry says is not to be trusted: references could form a circle, or a very long chain.
const DEPTH_MAX = 64;

/** Asks for everything a schema refers to. Throws InvalidSchemaError where references form a circle. */
export function treeOf(questions: AnyQuestions, schema: SchemaText, depth = 0): Now<SchemaTree> {
  if (depth > DEPTH_MAX)
    throw new InvalidSchemaError(
      `References of schemas are nested more than ${DEPTH_MAX} deep. Look for a circle: ${listed(schema.references)}.`,
    );
  const references = chainAll(schema.references, ({ name, subject, version }) =>
    chain(questions.version(subject, version), (found) =>
      chain(treeOf(questions, found.schema, depth + 1), (tree): SchemaTreeReference => ({ name, tree })),
    ),
  );
  return chain(references, (all) => ({ schema, references: all }));
}

function listed(references: readonly SchemaReference[]): string {
  return references.map(({ subject, version }) => `${subject} ${version}`).join(", ");
}

/** The tree of a schema that was brought along. Its references have no versions yet. */
export function ownTree(own: OwnSchema): SchemaTree {
  return {
    schema: { type: own.type, text: own.text, references: [] },
    references: own.references.map(({ name, schema }) => ({ name, tree: ownTree(schema) })),
  };
}
