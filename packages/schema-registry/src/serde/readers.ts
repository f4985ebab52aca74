import type { Clock } from "@millrace/kernel";
import {
  InvalidSchemaError,
  type SchemaError,
  SchemaNotFoundError,
  SchemaNotPreparedError,
  UnknownSchemaIdError,
  UnreadableSchemaError,
} from "../errors.js";
import type { SchemaRegistry } from "../port/schema-registry.js";
import type { RegisteredSchema, SchemaText } from "../port/schema.js";
import { chain, rescue, type Now } from "./chain.js";
import { RecentMap } from "./recent-map.js";
import type { PayloadReader, SchemaFormat } from "./schema-format.js";
import { treeOf, type AnyQuestions, type SchemaTree } from "./schema-tree.js";

/** A registry may learn of an id a little later than a consumer of a record: replicas lag. */
const UNKNOWN_ID_MS = 60_000;

/** Reads what one id wrote, or knows why it cannot be read. */
type Entry<T> = { readonly reader: PayloadReader<T> } | { readonly error: SchemaError; readonly askAgainAtMs: number };

/** The reader of each schema id: found once, by asking the registry, and kept while it is among those used last. */
export class Readers<T> {
  readonly #format: SchemaFormat<T>;
  readonly #clock: Clock;
  readonly #entries: RecentMap<number, Entry<T>>;
  readonly #registry: SchemaRegistry;
  readonly #now: AnyQuestions | undefined;
  readonly #asked = new Map<number, Promise<void>>();
  #lastId = -1;
  #last: PayloadReader<T> | null = null;

  constructor(format: SchemaFormat<T>, schemasMax: number, world: { clock: Clock; registry: SchemaRegistry }) {
    this.#format = format;
    this.#clock = world.clock;
    this.#registry = world.registry;
    this.#now = world.registry.now;
    this.#entries = new RecentMap(schemasMax);
  }

  /** The reader of an id. Throws what reading it must throw. */
  for(id: number): PayloadReader<T> {
    if (id === this.#lastId && this.#last !== null) return this.#last;
    const entry = this.#entries.get(id) ?? this.#foundNow(id);
    if (!("reader" in entry)) throw entry.error;
    this.#lastId = id;
    this.#last = entry.reader;
    return entry.reader;
  }

  /** Whether an id has to be asked for before it is read. */
  isUnknown(id: number): boolean {
    if (id === this.#lastId || this.#now !== undefined) return false;
    const entry = this.#entries.peek(id);
    if (entry === undefined) return true;
    return !("reader" in entry) && this.#clock.monotonicMs() >= entry.askAgainAtMs;
  }

  /** Takes in what an id stands for without asking. */
  learn(id: number, tree: SchemaTree): void {
    if (this.#entries.peek(id) === undefined) this.#entries.set(id, { reader: this.#format.reader(tree) });
  }

  /** Asks for an id. What is wrong with that one schema is told when it is read; what is wrong with the registry, now. */
  prepare(questions: AnyQuestions, id: number): Now<void> {
    if (!this.isUnknown(id)) return;
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked;
    const answer = chain(this.#find(questions, id), (entry) => this.#entries.set(id, entry));
    if (!(answer instanceof Promise)) return;
    const done = answer.finally(() => this.#asked.delete(id));
    this.#asked.set(id, done);
    return done;
  }

  /** Takes in a schema that was found under its subject. What is wrong with it alone is told when it is read. */
  learnFound(questions: AnyQuestions, { id, schema }: RegisteredSchema): Now<void> {
    if (!this.isUnknown(id)) return;
    return chain(
      this.#entryOf(questions, id, () => schema),
      (entry) => this.#entries.set(id, entry),
    );
  }

  #foundNow(id: number): Entry<T> {
    if (this.#now === undefined)
      throw new SchemaNotPreparedError(
        `The ${this.#format.name} serde does not know schema ${id} yet: await \`prepare([${id}])\` before the record is ` +
          "read. Apps do that for what they fetch.",
        async () => this.prepare(this.#registry, id),
      );
    const entry = this.#find(this.#now, id) as Entry<T>;
    if ("reader" in entry) this.#entries.set(id, entry);
    return entry;
  }

  #find(questions: AnyQuestions, id: number): Now<Entry<T>> {
    return this.#entryOf(questions, id, () => questions.schemaOf(id));
  }

  #entryOf(questions: AnyQuestions, id: number, ask: () => Now<SchemaText>): Now<Entry<T>> {
    return rescue<Entry<T>>(
      () =>
        chain(ask(), (schema): Now<Entry<T>> => {
          if (schema.type !== this.#format.type)
            throw new UnreadableSchemaError(
              `Schema ${id} is of type ${schema.type}, which the ${this.#format.name} serde cannot read. Give the topic ` +
                "the serde it was written with.",
            );
          return chain(treeOf(questions, schema), (tree) => ({ reader: this.#format.reader(tree) }));
        }),
      (error) => ({ error: schemaFault(error), askAgainAtMs: this.#askAgainAtMs(error) }),
    );
  }

  #askAgainAtMs(error: unknown): number {
    const isLasting = error instanceof UnreadableSchemaError || error instanceof InvalidSchemaError;
    return isLasting ? Number.POSITIVE_INFINITY : this.#clock.monotonicMs() + UNKNOWN_ID_MS;
  }
}

/** The error, if it is the fault of the one schema and not of the registry; throws it otherwise. */
function schemaFault(error: unknown): SchemaError {
  const isSchemas =
    error instanceof UnknownSchemaIdError ||
    error instanceof SchemaNotFoundError ||
    error instanceof InvalidSchemaError ||
    error instanceof UnreadableSchemaError;
  if (isSchemas) return error;
  throw error;
}
