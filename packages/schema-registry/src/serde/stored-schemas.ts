import { RegistryAuthorizationError, SchemaNotFoundError } from "../errors.js";
import type { SchemaRegistry } from "../port/schema-registry.js";
import type { Readers } from "./readers.js";

/**
 * Learns what the rows of a store may have been written with: this program's schema, or that of an earlier or a later
 * version of it, which are the versions of one subject. A row cannot wait to be read until its schema has come.
 */
export class StoredSchemas<T> {
  readonly #registry: SchemaRegistry;
  readonly #readers: Readers<T>;
  readonly #versionsMax: number;
  /** The greatest version of each subject that was learned. */
  readonly #learned = new Map<string, number>();

  constructor(registry: SchemaRegistry, readers: Readers<T>, versionsMax: number) {
    this.#registry = registry;
    this.#readers = readers;
    this.#versionsMax = versionsMax;
  }

  /** Asks for the versions that are new since it was asked last. */
  async learn(subject: string): Promise<void> {
    const learned = this.#learned.get(subject) ?? 0;
    const versions = (await this.#versions(subject)).filter((version) => version > learned);
    for (const version of versions.slice(-this.#versionsMax)) {
      const found = await orNothing(this.#registry.version(subject, version));
      if (found !== null) await this.#readers.learnFound(this.#registry, found);
      this.#learned.set(subject, version);
    }
  }

  async #versions(subject: string): Promise<readonly number[]> {
    return (await orNothing(this.#registry.versions(subject))) ?? [];
  }
}

/** Where it is not there, or may not be listed, rows are learned of when they are met. */
async function orNothing<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof SchemaNotFoundError || error instanceof RegistryAuthorizationError) return null;
    throw error;
  }
}
