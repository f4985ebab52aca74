import { systemClock, type Clock } from "@millrace/kernel";
import type { Serde, SerdeContext } from "@millrace/streams-core";
import type { SchemaRegistry } from "../port/schema-registry.js";
import { subjectNames, type SubjectNameStrategy } from "../subjects/subject-name.js";
import { asBuffer, peekSchemaId, readSchemaId } from "../wire/wire-format.js";
import { Readers } from "./readers.js";
import type { SchemaFormat } from "./schema-format.js";
import { StoredSchemas } from "./stored-schemas.js";
import { Writers } from "./writers.js";

/** What serdes of all three languages are told. */
export interface RegistrySerdeOptions {
  readonly registry: SchemaRegistry;
  /** The subject under which a topic's schema is. Default: `subjectNames.topic`. */
  readonly subjectName?: SubjectNameStrategy;
  /** Registers the schema of each topic before the first record; false: it must be registered already. Default: true. */
  readonly autoRegister?: boolean;
  /** Writes with the subject's latest version instead of the own schema, and registers nothing. Default: false. */
  readonly useLatestVersion?: boolean;
  /** Compares with registered schemas by meaning, not by text. Default: false. */
  readonly normalize?: boolean;
  /** How many schemas of records are kept. More than a topic ever mixes, or they are asked for again. Default: 1,000. */
  readonly schemasMax?: number;
  /** Tells for how long an id was unknown: a minute later the registry is asked again. Default: the system's. */
  readonly clock?: Clock;
}

const SCHEMAS_MAX = 1_000;

/** What an app tells `open`, as far as it matters here. */
interface TopicsToOpen extends Pick<SerdeContext, "topics">, Partial<Pick<SerdeContext, "storedTopics">> {}

/**
 * A serde whose records carry the id of their schema in a registry. Reading and writing are synchronous: `open` learns
 * what to write with, `prepare` what to read. With a registry in this process neither is needed.
 *
 * As a key it is `forKeys()`, which goes by the subject of keys; sources, sinks and stores take it by themselves.
 */
export class RegistrySerde<T> implements Serde<T> {
  readonly name: string;
  readonly #format: SchemaFormat<T>;
  readonly #options: RegistrySerdeOptions;
  readonly #isKey: boolean;
  readonly #writers: Writers<T>;
  readonly #readers: Readers<T>;
  readonly #stored: StoredSchemas<T>;
  #twin: RegistrySerde<T> | null = null;

  constructor(format: SchemaFormat<T>, options: RegistrySerdeOptions, isKey = false) {
    this.name = format.name;
    this.#format = format;
    this.#options = options;
    this.#isKey = isKey;
    const settings = {
      subjectName: options.subjectName ?? subjectNames.topic,
      isKey,
      autoRegister: options.autoRegister ?? true,
      useLatestVersion: options.useLatestVersion ?? false,
      normalize: options.normalize ?? false,
    };
    const { registry, clock = systemClock, schemasMax = SCHEMAS_MAX } = options;
    this.#readers = new Readers(format, schemasMax, { clock, registry });
    this.#stored = new StoredSchemas(registry, this.#readers, schemasMax);
    this.#writers = new Writers(format, settings, { readers: this.#readers, registry });
  }

  /** Header and payload. Throws InvalidValueError, and SchemaNotPreparedError for a topic that `open` was not told of. */
  serialize(topic: string, value: T): Uint8Array {
    return this.#writers.for(topic).write(value);
  }

  /** Throws a SchemaError for bytes that cannot be read, and SchemaNotPreparedError for an id `prepare` was not told of. */
  deserialize(_topic: string, bytes: Uint8Array): T {
    return this.#readers.for(readSchemaId(bytes, 0, bytes.length)).read(asBuffer(bytes));
  }

  read(buffer: Uint8Array, start: number, end: number): T {
    const reader = this.#readers.for(readSchemaId(buffer, start, end));
    return reader.read(asBuffer(buffer).subarray(start, end));
  }

  /** The id of a record that has to be given to `prepare` before the record is read; null: it may be read now. */
  unknownId(buffer: Uint8Array, start: number, end: number): number | null {
    const id = peekSchemaId(buffer, start, end);
    return id !== null && this.#readers.isUnknown(id) ? id : null;
  }

  /** The same serde for keys. */
  forKeys(): RegistrySerde<T> {
    if (this.#isKey) return this;
    this.#twin ??= new RegistrySerde(this.#format, this.#options, true);
    return this.#twin;
  }

  /**
   * Registers, or finds, the schema of each topic, and learns all versions there are of those of stores. May be called again:
   * for other topics, or for versions that have come since.
   */
  async open({ topics, storedTopics = [] }: TopicsToOpen): Promise<void> {
    const { registry } = this.#options;
    const questions = registry.now ?? registry;
    if (this.#writers.canWrite) for (const topic of topics) await this.#writers.prepare(questions, topic);
    if (registry.now !== undefined) return;
    for (const topic of storedTopics) {
      const subject = this.#writers.subjectOf(topic);
      if (subject !== null) await this.#stored.learn(subject);
    }
  }

  /** Learns schemas by their ids. Ids that no schema has are no failure here: reading their records is. */
  async prepare(ids: readonly number[]): Promise<void> {
    const questions = this.#options.registry.now ?? this.#options.registry;
    await Promise.all(ids.map(async (id) => this.#readers.prepare(questions, id)));
  }

  /** Learns the schemas of these records: what a plain consumer calls before it deserialises a batch. */
  async prepareFor(records: Iterable<Uint8Array | null>): Promise<void> {
    const ids = new Set<number>();
    for (const bytes of records) {
      const id = bytes === null ? null : this.unknownId(bytes, 0, bytes.length);
      if (id !== null) ids.add(id);
    }
    if (ids.size > 0) await this.prepare([...ids]);
  }
}
