import { sleep, systemScheduler, type Scheduler } from "@millrace/kernel";
import { RegistryClosedError } from "../errors.js";
import type { DeleteOptions, RegistrationOptions, SchemaQuestions, SchemaRegistry } from "../port/schema-registry.js";
import type { CompatibilityLevel, CompatibilityVerdict, RegisteredSchema, SchemaText } from "../port/schema.js";
import { SchemaLedger } from "./schema-ledger.js";

/** Settings of `inMemoryRegistry`. */
export interface InMemoryRegistryOptions {
  /** What comes between a question and its answer, as it would with a registry elsewhere. Default: nothing; it answers at once. */
  readonly faults?: RegistryFaults;
}

/** Latency and failures for tests. With any of them, serdes have to be prepared as with a registry elsewhere. */
export interface RegistryFaults {
  /** How long every answer takes. */
  readonly latencyMs?: number;
  /** Asked before each call, whose method it is told; what it throws, the call rejects with. */
  readonly before?: (method: keyof SchemaRegistry & string) => void;
  /** Counts the latency. Default: the system's. */
  readonly scheduler?: Scheduler;
}

/**
 * A registry in this process, with the rules of the real ones: ids shared by equal schemas, versions a subject, soft and
 * permanent deletes, compatibility at all seven levels. For the test driver, tests, and embedded apps. Compatibility is checked
 * by Avro's rules of schema resolution; for JSON Schema and Protobuf, by the subset their checks document.
 *
 * @example
 * const registry = inMemoryRegistry();
 * const value = avroSerde({ registry, schema: { type: "record", name: "Courier", fields: [{ name: "id", type: "string" }] } });
 */
export function inMemoryRegistry(options: InMemoryRegistryOptions = {}): SchemaRegistry {
  return new InMemoryRegistry(options.faults);
}

class InMemoryRegistry implements SchemaRegistry {
  readonly now: SchemaQuestions<"now"> | undefined;
  readonly #ledger = new SchemaLedger();
  readonly #faults: RegistryFaults;
  readonly #closed = new AbortController();

  constructor(faults: RegistryFaults | undefined) {
    this.#faults = faults ?? {};
    this.now = faults === undefined ? this.#ledger : undefined;
  }

  register(subject: string, schema: SchemaText, options?: RegistrationOptions): Promise<number> {
    return this.#answer("register", (ledger) => ledger.register(subject, schema, options));
  }

  lookUp(subject: string, schema: SchemaText, options?: RegistrationOptions): Promise<RegisteredSchema> {
    return this.#answer("lookUp", (ledger) => ledger.lookUp(subject, schema, options));
  }

  schemaOf(id: number): Promise<SchemaText> {
    return this.#answer("schemaOf", (ledger) => ledger.schemaOf(id));
  }

  version(subject: string, version: number | "latest"): Promise<RegisteredSchema> {
    return this.#answer("version", (ledger) => ledger.version(subject, version));
  }

  subjects(): Promise<readonly string[]> {
    return this.#answer("subjects", (ledger) => ledger.subjects());
  }

  versions(subject: string): Promise<readonly number[]> {
    return this.#answer("versions", (ledger) => ledger.versions(subject));
  }

  checkCompatibility(subject: string, schema: SchemaText): Promise<CompatibilityVerdict> {
    return this.#answer("checkCompatibility", (ledger) => ledger.checkCompatibility(subject, schema));
  }

  compatibility(subject?: string): Promise<CompatibilityLevel> {
    return this.#answer("compatibility", (ledger) => ledger.compatibility(subject));
  }

  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    return this.#answer("setCompatibility", (ledger) => ledger.setCompatibility(level, subject));
  }

  deleteVersion(subject: string, version: number, options?: DeleteOptions): Promise<void> {
    return this.#answer("deleteVersion", (ledger) => ledger.deleteVersion(subject, version, options));
  }

  deleteSubject(subject: string, options?: DeleteOptions): Promise<readonly number[]> {
    return this.#answer("deleteSubject", (ledger) => ledger.deleteSubject(subject, options));
  }

  async close(): Promise<void> {
    this.#closed.abort(new RegistryClosedError());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer<T>(method: keyof SchemaRegistry & string, ask: (ledger: SchemaLedger) => T): Promise<T> {
    this.#closed.signal.throwIfAborted();
    const { latencyMs = 0, scheduler = systemScheduler, before } = this.#faults;
    if (latencyMs > 0) await sleep(scheduler, latencyMs, this.#closed.signal);
    before?.(method);
    return ask(this.#ledger);
  }
}
