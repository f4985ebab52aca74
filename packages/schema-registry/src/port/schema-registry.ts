import type { CompatibilityLevel, CompatibilityVerdict, RegisteredSchema, SchemaText } from "./schema.js";

/** How a schema is compared with those of its subject. */
export interface RegistrationOptions {
  /** Compares what schemas mean, not how they are written: order of attributes, short names. Default: false. */
  readonly normalize?: boolean;
}

/** What a delete leaves behind. */
export interface DeleteOptions {
  /** False: the version is not listed and not compared with any more, but its id can still be read. Default: false. */
  readonly permanent?: boolean;
}

/** What serdes ask of a registry, whichever way it answers. */
export interface SchemaQuestions<Kind extends "now" | "later"> {
  /** Registers a schema, or finds it registered already; gives its id. */
  register(subject: string, schema: SchemaText, options?: RegistrationOptions): Answer<Kind, number>;
  /** Finds a schema that is registered under the subject. */
  lookUp(subject: string, schema: SchemaText, options?: RegistrationOptions): Answer<Kind, RegisteredSchema>;
  /** The schema of an id, of whatever subject. */
  schemaOf(id: number): Answer<Kind, SchemaText>;
  /** A version of a subject. */
  version(subject: string, version: number | "latest"): Answer<Kind, RegisteredSchema>;
}

/** An answer at once, or the promise of one. */
export type Answer<Kind extends "now" | "later", T> = Kind extends "now" ? T : Promise<T>;

/**
 * A schema registry, real or in memory. Every method throws, or rejects with, these errors, each with its code:
 * InvalidSchemaError, IncompatibleSchemaError, SchemaNotFoundError, UnknownSchemaIdError, RegistryAuthorizationError,
 * RegistryRefusedError, and RegistryUnavailableError once it has tried long enough.
 */
export interface SchemaRegistry extends SchemaQuestions<"later">, AsyncDisposable {
  /** The same answers without waiting, where the registry is in this process: then serdes need no preparation. */
  readonly now?: SchemaQuestions<"now"> | undefined;
  /** All subjects that have a version, in order of their names. */
  subjects(): Promise<readonly string[]>;
  /** The versions of a subject, ascending. */
  versions(subject: string): Promise<readonly number[]>;
  /** Whether the subject would take the schema as its next version. A subject without versions takes any. */
  checkCompatibility(subject: string, schema: SchemaText): Promise<CompatibilityVerdict>;
  /** The level of a subject, which is the global one where it has none of its own; without a subject, the global one. */
  compatibility(subject?: string): Promise<CompatibilityLevel>;
  /** Sets the level of a subject; without one, the global level. */
  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void>;
  /** Deletes a version. Permanent deletes ask for a plain one first. */
  deleteVersion(subject: string, version: number, options?: DeleteOptions): Promise<void>;
  /** Deletes all versions of a subject; gives their numbers. Permanent deletes ask for a plain one first. */
  deleteSubject(subject: string, options?: DeleteOptions): Promise<readonly number[]>;
  /** Ends what is under way with RegistryClosedError; nothing can be asked afterwards. `await using` calls it, too. */
  close(): Promise<void>;
}
