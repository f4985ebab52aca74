import { InvalidSchemaError, SchemaNotPreparedError } from "../errors.js";
import type { RegistrationOptions, SchemaRegistry } from "../port/schema-registry.js";
import type { RegisteredSchema, SchemaReference, SchemaText } from "../port/schema.js";
import type { SubjectNameStrategy } from "../subjects/subject-name.js";
import { chain, chainAll, type Now } from "./chain.js";
import { RecentMap } from "./recent-map.js";
import type { PayloadWriter, SchemaFormat } from "./schema-format.js";
import type { Readers } from "./readers.js";
import { ownTree, treeOf, type AnyQuestions, type OwnSchema, type SchemaTree } from "./schema-tree.js";

const TOPICS_MAX = 1_000;

/** How a serde finds the schema it writes with. */
export interface WriterSettings {
  readonly subjectName: SubjectNameStrategy;
  readonly isKey: boolean;
  readonly autoRegister: boolean;
  readonly useLatestVersion: boolean;
  readonly normalize: boolean;
}

/** The writer of each topic: found once, by asking the registry. */
export class Writers<T> {
  readonly #format: SchemaFormat<T>;
  readonly #settings: WriterSettings;
  readonly #writers = new RecentMap<string, PayloadWriter<T>>(TOPICS_MAX);
  readonly #readers: Readers<T>;
  readonly #registry: SchemaRegistry;
  #lastTopic: string | null = null;
  #last: PayloadWriter<T> | null = null;

  constructor(
    format: SchemaFormat<T>,
    settings: WriterSettings,
    world: { readers: Readers<T>; registry: SchemaRegistry },
  ) {
    this.#format = format;
    this.#settings = settings;
    this.#readers = world.readers;
    this.#registry = world.registry;
  }

  /** Whether there is anything to write with. */
  get canWrite(): boolean {
    return this.#format.own !== null || this.#settings.useLatestVersion;
  }

  /** The writer for a topic. Throws SchemaNotPreparedError where it was not prepared and the registry is elsewhere. */
  for(topic: string): PayloadWriter<T> {
    if (topic === this.#lastTopic) return this.#last!;
    const writer = this.#writers.get(topic) ?? this.#foundNow(topic);
    this.#lastTopic = topic;
    this.#last = writer;
    return writer;
  }

  /** Finds the writer for a topic, and registers its schema where that is asked for. */
  prepare(questions: AnyQuestions, topic: string): Now<void> {
    if (this.#writers.peek(topic) !== undefined) return;
    return chain(this.#find(questions, topic), (writer) => this.#writers.set(topic, writer));
  }

  /** The subject a topic's schemas are under; null: only their names would tell. */
  subjectOf(topic: string): string | null {
    try {
      return this.#subject(topic);
    } catch (error) {
      if (this.#format.own === null && error instanceof InvalidSchemaError) return null;
      throw error;
    }
  }

  #foundNow(topic: string): PayloadWriter<T> {
    if (!this.canWrite) throw this.#noSchema(topic);
    const { now } = this.#registry;
    if (now !== undefined) this.prepare(now, topic) as void;
    const writer = this.#writers.get(topic);
    if (writer !== undefined) return writer;
    throw new SchemaNotPreparedError(
      `The ${this.#format.name} serde does not know its schema for topic ${topic} yet: await \`open({ topics: ["${topic}"] })\` ` +
        "before the first record. Apps do that for the topics of their topology.",
      async () => this.prepare(this.#registry, topic),
    );
  }

  #noSchema(topic: string): InvalidSchemaError {
    return new InvalidSchemaError(
      `The ${this.#format.name} serde for topic ${topic} has no schema to write with: give it \`schema\`, or set ` +
        "`useLatestVersion`.",
    );
  }

  #find(questions: AnyQuestions, topic: string): Now<PayloadWriter<T>> {
    const { own } = this.#format;
    const { useLatestVersion } = this.#settings;
    const subject = this.#subject(topic);
    if (useLatestVersion) return chain(questions.version(subject, "latest"), (found) => this.#latest(questions, found));
    if (own === null) throw this.#noSchema(topic);
    return chain(this.#textOf(questions, own), (text) =>
      chain(this.#idOf(questions, subject, text), (id) => this.#writerOf(id, ownTree(own))),
    );
  }

  #subject(topic: string): string {
    const { own } = this.#format;
    const { subjectName, isKey } = this.#settings;
    const recordName = own === null ? null : this.#format.recordName(ownTree(own));
    return subjectName({ topic, isKey, recordName });
  }

  /** What is written will be read from stores: its schema needs no asking. */
  #writerOf(id: number, tree: SchemaTree): PayloadWriter<T> {
    this.#readers.learn(id, tree);
    return this.#format.writer(tree, id);
  }

  #latest(questions: AnyQuestions, found: RegisteredSchema): Now<PayloadWriter<T>> {
    if (found.schema.type !== this.#format.type)
      throw new InvalidSchemaError(
        `Version ${found.version} of subject ${found.subject} is a schema of type ${found.schema.type}, which the ` +
          `${this.#format.name} serde cannot write.`,
      );
    return chain(treeOf(questions, found.schema), (tree) => this.#format.writer(tree, found.id));
  }

  #idOf(questions: AnyQuestions, subject: string, text: SchemaText): Now<number> {
    const options = this.#options();
    if (this.#settings.autoRegister) return questions.register(subject, text, options);
    return chain(questions.lookUp(subject, text, options), ({ id }) => id);
  }

  /** The schema with the versions its references have in the registry; registers these first where that is asked for. */
  #textOf(questions: AnyQuestions, own: OwnSchema): Now<SchemaText> {
    const { autoRegister } = this.#settings;
    const options = this.#options();
    const references = chainAll(own.references, ({ name, subject, schema }) =>
      chain(this.#textOf(questions, schema), (text) => {
        const registered: Now<unknown> = autoRegister ? questions.register(subject, text, options) : undefined;
        return chain(registered, () =>
          chain(questions.lookUp(subject, text, options), ({ version }): SchemaReference => ({
            name,
            subject,
            version,
          })),
        );
      }),
    );
    return chain(references, (all) => ({ type: own.type, text: own.text, references: all }));
  }

  #options(): RegistrationOptions {
    return { normalize: this.#settings.normalize };
  }
}
