/** The languages of schemas, as registries name them. */
export type SchemaType = "AVRO" | "JSON" | "PROTOBUF";

/** A schema that another one uses: which version of which subject, and the name it is used by. */
export interface SchemaReference {
  /** Avro: the full name of the type. JSON Schema: the URI in `$ref`. Protobuf: the path in `import`. */
  readonly name: string;
  readonly subject: string;
  readonly version: number;
}

/** A schema as a registry keeps it: text in one of the languages, and what it refers to. */
export interface SchemaText {
  readonly type: SchemaType;
  readonly text: string;
  readonly references: readonly SchemaReference[];
}

/** A schema under a subject. `id` is what records carry; equal schemas of several subjects share it. */
export interface RegisteredSchema {
  readonly id: number;
  readonly subject: string;
  /** From 1, rising in the subject. */
  readonly version: number;
  readonly schema: SchemaText;
}

/**
 * What a new version of a subject must be able to do. Backward: read what the previous one wrote. Forward: be read by the
 * previous one. Full: both. Transitive: all versions that are not deleted, instead of the latest.
 */
export type CompatibilityLevel =
  "NONE" | "BACKWARD" | "BACKWARD_TRANSITIVE" | "FORWARD" | "FORWARD_TRANSITIVE" | "FULL" | "FULL_TRANSITIVE";

/** Whether a schema might be registered now, and if not, why: one message a reason. */
export interface CompatibilityVerdict {
  readonly isCompatible: boolean;
  readonly messages: readonly string[];
}
