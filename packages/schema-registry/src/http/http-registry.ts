import type { Agent } from "node:http";
import {
  abortable,
  sleep,
  systemClock,
  systemRandomness,
  systemScheduler,
  type Clock,
  type Randomness,
  type Scheduler,
} from "@millrace/kernel";
import {
  RegistryClosedError,
  RegistryRefusedError,
  RegistryUnavailableError,
  SchemaNotFoundError,
  UnknownSchemaIdError,
} from "../errors.js";
import type { DeleteOptions, RegistrationOptions, SchemaRegistry } from "../port/schema-registry.js";
import type { CompatibilityLevel, CompatibilityVerdict, RegisteredSchema, SchemaText } from "../port/schema.js";
import { answerError, isPassing, messageOf } from "./answer-errors.js";
import * as answers from "./answers.js";
import {
  registryClient,
  type RegistryAnswer,
  type RegistryCall,
  type RegistryClient,
  type RegistryRoute,
} from "./registry-client.js";

/** Settings of `httpRegistry`. */
export interface HttpRegistryOptions {
  /** Where the registry's REST interface is, its path included: `http://localhost:8081`, `http://host/apis/ccompat/v7`. */
  readonly url: string;
  readonly basicAuth?: { readonly username: string; readonly password: string };
  /** Asked before each call, so that a token may change. */
  readonly bearerToken?: () => string;
  /** Carries the connections: an `https.Agent` with certificates of one's own, say. Default: Node's. */
  readonly agent?: Agent;
  /** After so long a call counts as failed. Default: 10,000. */
  readonly requestTimeoutMs?: number;
  /** For so long a call that fails in passing is tried again, with growing pauses. Default: 30,000. */
  readonly retryForMs?: number;
  /** Time and chance. Default: the system's. */
  readonly environment?: RegistryWorld;
}

/** What a registry needs of an environment. */
export interface RegistryWorld {
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly randomness: Randomness;
}

const REQUEST_TIMEOUT_MS = 10_000;
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const PAUSE_MS_MAX = 3_000;
const SYSTEM: RegistryWorld = { clock: systemClock, scheduler: systemScheduler, randomness: systemRandomness };

/**
 * A registry that speaks Confluent's REST interface: Confluent's own, Apicurio (under `/apis/ccompat/v7`), Karapace, Redpanda.
 * Serdes must be prepared: apps do that by themselves.
 */
export function httpRegistry(options: HttpRegistryOptions): SchemaRegistry {
  return new HttpRegistry(options);
}

class HttpRegistry implements SchemaRegistry {
  readonly #client: RegistryClient;
  readonly #url: string;
  readonly #requestTimeoutMs: number;
  readonly #retryForMs: number;
  readonly #world: RegistryWorld;
  readonly #closed = new AbortController();

  constructor(options: HttpRegistryOptions) {
    const headers = () => authorization(options);
    this.#client = registryClient({ url: options.url, headers, agent: options.agent });
    this.#url = options.url;
    this.#requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#retryForMs = options.retryForMs ?? RETRY_FOR_MS;
    this.#world = options.environment ?? SYSTEM;
  }

  async register(subject: string, schema: SchemaText, options: RegistrationOptions = {}): Promise<number> {
    const params = { subject, ...normalized(options) };
    return answers.schemaId(await this.#ask("register", { params, body: answers.schemaBody(schema) }));
  }

  async lookUp(subject: string, schema: SchemaText, options: RegistrationOptions = {}): Promise<RegisteredSchema> {
    const params = { subject, ...normalized(options) };
    return answers.registeredSchema(await this.#ask("lookUp", { params, body: answers.schemaBody(schema) }), schema);
  }

  async schemaOf(id: number): Promise<SchemaText> {
    // No registry gives negative ids; some answer such a question with an error of their own.
    if (id <= 0) throw new UnknownSchemaIdError(id);
    try {
      return answers.schemaText(await this.#ask("schemaOf", { params: { id } }));
    } catch (cause) {
      throw cause instanceof SchemaNotFoundError ? new UnknownSchemaIdError(id, { cause }) : cause;
    }
  }

  async version(subject: string, version: number | "latest"): Promise<RegisteredSchema> {
    return answers.registeredSchema(await this.#ask("version", { params: { subject, version } }));
  }

  async subjects(): Promise<readonly string[]> {
    return answers.texts(await this.#ask("subjects", {})).sort();
  }

  async versions(subject: string): Promise<readonly number[]> {
    return answers.numbers(await this.#ask("versions", { params: { subject } })).sort((left, right) => left - right);
  }

  async checkCompatibility(subject: string, schema: SchemaText): Promise<CompatibilityVerdict> {
    try {
      // Some registries compare with all versions where none is named, whatever the level.
      const isTransitive = (await this.compatibility(subject)).endsWith("_TRANSITIVE");
      const route = isTransitive ? "checkAllVersions" : "checkLatestVersion";
      const params = { subject, verbose: true };
      return answers.verdict(await this.#ask(route, { params, body: answers.schemaBody(schema) }));
    } catch (error) {
      // Nothing to be compatible with.
      if (error instanceof SchemaNotFoundError) return { isCompatible: true, messages: [] };
      throw error;
    }
  }

  async compatibility(subject?: string): Promise<CompatibilityLevel> {
    if (subject === undefined) return answers.level(await this.#ask("globalCompatibility", {}));
    return answers.level(await this.#ask("compatibility", { params: { subject, defaultToGlobal: true } }));
  }

  async setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    const body = { compatibility: level };
    try {
      if (subject === undefined) await this.#ask("setGlobalCompatibility", { body });
      else await this.#ask("setCompatibility", { params: { subject }, body });
    } catch (error) {
      // Apicurio has no rule to take away where the level is none already.
      const isNone = level === "NONE" && error instanceof SchemaNotFoundError;
      if (!isNone || (await this.compatibility(subject)) !== "NONE") throw error;
    }
  }

  async deleteVersion(subject: string, version: number, { permanent = false }: DeleteOptions = {}): Promise<void> {
    await this.#ask("deleteVersion", { params: { subject, version, ...(permanent ? { permanent } : {}) } });
  }

  async deleteSubject(subject: string, { permanent = false }: DeleteOptions = {}): Promise<readonly number[]> {
    const params = { subject, ...(permanent ? { permanent } : {}) };
    return answers.numbers(await this.#ask("deleteSubject", { params }));
  }

  async close(): Promise<void> {
    this.#closed.abort(new RegistryClosedError());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #ask(route: RegistryRoute, call: RegistryCall): Promise<unknown> {
    // Between two tries nothing else may keep the process alive.
    const hold = this.#world.scheduler.hold();
    try {
      return await this.#answered(route, call);
    } finally {
      hold.cancel();
    }
  }

  /** Calls until there is an answer, or until it was tried long enough. */
  async #answered(route: RegistryRoute, call: RegistryCall): Promise<unknown> {
    const { clock, scheduler, randomness } = this.#world;
    const startedAtMs = clock.monotonicMs();
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX)) {
      const answer = await this.#once(route, call);
      if (!isPassing(answer)) return this.#checked(route, call, answer);
      const waitMs = pauseMs * (0.5 + randomness.fraction() / 2);
      if (clock.monotonicMs() + waitMs - startedAtMs > this.#retryForMs) throw this.#unavailable(answer);
      await sleep(scheduler, waitMs, this.#closed.signal);
    }
  }

  /** One call. It ends in time, even where the registry stops in the middle of an answer. */
  async #once(route: RegistryRoute, call: RegistryCall): Promise<RegistryAnswer> {
    this.#closed.signal.throwIfAborted();
    const request = new AbortController();
    const late = new Error(`no answer within ${this.#requestTimeoutMs} ms`);
    const timer = this.#world.scheduler.after(this.#requestTimeoutMs, () => request.abort(late));
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    try {
      return await abortable(this.#client(route, call, signal), signal);
    } catch (error) {
      this.#closed.signal.throwIfAborted();
      return { status: 0, data: null, error: error as Error };
    } finally {
      timer.cancel();
    }
  }

  #checked(route: RegistryRoute, { params }: RegistryCall, answer: RegistryAnswer): unknown {
    const isAnswer = answer.status >= 200 && answer.status < 300;
    if (!isAnswer) throw answerError(route, String(params?.["subject"] ?? ""), answer);
    if (typeof answer.data === "string" || answer.data === null)
      throw new RegistryRefusedError(
        `What answers at ${this.#url} is no schema registry. Check the address, which includes the path of the interface.`,
        answer.status,
      );
    return answer.data;
  }

  #unavailable(answer: RegistryAnswer): RegistryUnavailableError {
    return new RegistryUnavailableError(
      `The schema registry at ${this.#url} did not answer for ${this.#retryForMs} ms: ${messageOf(answer)}. Check that it ` +
        "runs and can be reached; `retryForMs` says how long to try.",
      answer.error === null ? undefined : { cause: answer.error },
    );
  }
}

function normalized({ normalize = false }: RegistrationOptions): { normalize?: true } {
  return normalize ? { normalize } : {};
}

function authorization({ basicAuth, bearerToken }: HttpRegistryOptions): Record<string, string> {
  if (bearerToken !== undefined) return { authorization: `Bearer ${bearerToken()}` };
  if (basicAuth === undefined) return {};
  const text = `${basicAuth.username}:${basicAuth.password}`;
  return { authorization: `Basic ${Buffer.from(text).toString("base64")}` };
}
