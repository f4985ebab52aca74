import type { SchemaType } from "../port/schema.js";
import type { OwnSchema } from "./schema-tree.js";

/** How programs name what a schema refers to, in any language; `subject` is the name where it is left out. */
interface Reference<Schema> {
  readonly name: string;
  readonly subject?: string;
  readonly schema: Schema;
  readonly references?: readonly Reference<Schema>[];
}

/** The language of a schema, and what a registry keeps of one. */
interface Language<Schema> {
  readonly type: SchemaType;
  text(schema: Schema): string;
}

/** A schema as a program gives it, with all it refers to. */
export function ownSchema<Schema>(
  language: Language<Schema>,
  schema: Schema,
  references: readonly Reference<Schema>[] = [],
): OwnSchema {
  return {
    type: language.type,
    text: language.text(schema),
    references: references.map(({ name, subject = name, schema: referred, references: deeper }) => ({
      name,
      subject,
      schema: ownSchema(language, referred, deeper),
    })),
  };
}
