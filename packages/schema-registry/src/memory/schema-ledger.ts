import {
  IncompatibleSchemaError,
  InvalidSchemaError,
  RegistryRefusedError,
  SchemaNotFoundError,
  UnknownSchemaIdError,
} from "../errors.js";
import type { DeleteOptions, RegistrationOptions, SchemaQuestions } from "../port/schema-registry.js";
import type { CompatibilityLevel, CompatibilityVerdict, RegisteredSchema, SchemaText } from "../port/schema.js";
import { treeOf, type SchemaTree } from "../serde/schema-tree.js";
import { canonicalText } from "./canonical-text.js";
import { incompatibilities } from "./compatibility.js";
import { checkSchema } from "./check-schema.js";

interface Version {
  readonly registered: RegisteredSchema;
  readonly tree: SchemaTree;
  isDeleted: boolean;
}

const CONFLICT = 409;

/** Subjects, versions, ids and compatibility by the rules of Confluent's registry, without a wait. */
export class SchemaLedger implements SchemaQuestions<"now"> {
  readonly #subjects = new Map<string, Version[]>();
  /** The highest version a subject ever had: numbers are not used twice. */
  readonly #lastVersions = new Map<string, number>();
  readonly #schemas: SchemaText[] = [];
  readonly #idsByText = new Map<string, number>();
  readonly #levels = new Map<string, CompatibilityLevel>();
  #globalLevel: CompatibilityLevel = "BACKWARD";

  register(subject: string, schema: SchemaText, options: RegistrationOptions = {}): number {
    const tree = this.#valid(schema);
    const known = this.#sameIn(subject, tree, options);
    if (known !== undefined) return known.id;
    const reasons = this.#incompatibilities(subject, tree);
    if (reasons.length > 0) throw new IncompatibleSchemaError(subject, reasons);
    const id = this.#idOf(tree, schema);
    const version = (this.#lastVersions.get(subject) ?? 0) + 1;
    this.#lastVersions.set(subject, version);
    const versions = this.#subjects.get(subject) ?? [];
    versions.push({ registered: { id, subject, version, schema }, tree, isDeleted: false });
    this.#subjects.set(subject, versions);
    return id;
  }

  lookUp(subject: string, schema: SchemaText, options: RegistrationOptions = {}): RegisteredSchema {
    this.#live(subject);
    const known = this.#sameIn(subject, this.#valid(schema), options);
    if (known !== undefined) return known;
    throw new SchemaNotFoundError(
      subject,
      `Subject ${subject} has no such schema. Register it first, or let the serde do that (\`autoRegister\`).`,
    );
  }

  schemaOf(id: number): SchemaText {
    const schema = this.#schemas[id - 1];
    if (schema === undefined) throw new UnknownSchemaIdError(id);
    return schema;
  }

  version(subject: string, version: number | "latest"): RegisteredSchema {
    const live = this.#live(subject);
    const found = version === "latest" ? live.at(-1) : live.find(({ registered }) => registered.version === version);
    if (found === undefined) throw new SchemaNotFoundError(subject, `Subject ${subject} has no version ${version}.`);
    return found.registered;
  }

  subjects(): readonly string[] {
    return [...this.#subjects.keys()].filter((subject) => this.#liveOrNone(subject).length > 0).sort();
  }

  versions(subject: string): readonly number[] {
    return this.#live(subject).map(({ registered }) => registered.version);
  }

  checkCompatibility(subject: string, schema: SchemaText): CompatibilityVerdict {
    const messages = this.#incompatibilities(subject, this.#valid(schema));
    return { isCompatible: messages.length === 0, messages };
  }

  compatibility(subject?: string): CompatibilityLevel {
    return (subject === undefined ? undefined : this.#levels.get(subject)) ?? this.#globalLevel;
  }

  setCompatibility(level: CompatibilityLevel, subject?: string): void {
    if (subject === undefined) this.#globalLevel = level;
    else this.#levels.set(subject, level);
  }

  deleteVersion(subject: string, version: number, options: DeleteOptions = {}): void {
    const versions = this.#subjects.get(subject) ?? [];
    const found = versions.find(({ registered }) => registered.version === version);
    if (found === undefined || (found.isDeleted && options.permanent !== true))
      throw new SchemaNotFoundError(subject, `Subject ${subject} has no version ${version}.`);
    if (options.permanent !== true) {
      found.isDeleted = true;
      return;
    }
    if (!found.isDeleted) throw mustDeleteFirst(`Version ${version} of subject ${subject}`);
    versions.splice(versions.indexOf(found), 1);
    if (versions.length === 0) this.#forget(subject);
  }

  deleteSubject(subject: string, options: DeleteOptions = {}): readonly number[] {
    const all = this.#subjects.get(subject);
    if (options.permanent !== true) {
      const live = this.#live(subject);
      for (const version of live) version.isDeleted = true;
      return live.map(({ registered }) => registered.version);
    }
    if (all === undefined) throw noSubject(subject);
    if (all.some(({ isDeleted }) => !isDeleted)) throw mustDeleteFirst(`Subject ${subject}`);
    this.#forget(subject);
    return all.map(({ registered }) => registered.version);
  }

  #forget(subject: string): void {
    this.#subjects.delete(subject);
    this.#lastVersions.delete(subject);
  }

  #valid(schema: SchemaText): SchemaTree {
    let tree: SchemaTree;
    try {
      tree = treeOf(this, schema) as SchemaTree;
    } catch (cause) {
      if (!(cause instanceof SchemaNotFoundError)) throw cause;
      throw new InvalidSchemaError(`The schema refers to what is not registered: ${cause.message}`, { cause });
    }
    checkSchema(tree);
    return tree;
  }

  #incompatibilities(subject: string, tree: SchemaTree): readonly string[] {
    const compared = this.#liveOrNone(subject).map((live) => ({ version: live.registered.version, tree: live.tree }));
    return incompatibilities(this.compatibility(subject), tree, compared);
  }

  #sameIn(subject: string, tree: SchemaTree, { normalize = false }: RegistrationOptions): RegisteredSchema | undefined {
    const text = canonicalText(tree, normalize);
    return this.#liveOrNone(subject).findLast((live) => canonicalText(live.tree, normalize) === text)?.registered;
  }

  #idOf(tree: SchemaTree, schema: SchemaText): number {
    const text = canonicalText(tree, false);
    const known = this.#idsByText.get(text);
    if (known !== undefined) return known;
    const id = this.#schemas.push(schema);
    this.#idsByText.set(text, id);
    return id;
  }

  #live(subject: string): readonly Version[] {
    const live = this.#liveOrNone(subject);
    if (live.length === 0) throw noSubject(subject);
    return live;
  }

  #liveOrNone(subject: string): readonly Version[] {
    return (this.#subjects.get(subject) ?? []).filter(({ isDeleted }) => !isDeleted);
  }
}

function noSubject(subject: string): SchemaNotFoundError {
  return new SchemaNotFoundError(subject, `There is no subject ${subject}. Register a schema under it first.`);
}

function mustDeleteFirst(what: string): RegistryRefusedError {
  return new RegistryRefusedError(
    `${what} must be deleted before it can be deleted for ever (\`permanent\`).`,
    CONFLICT,
  );
}
