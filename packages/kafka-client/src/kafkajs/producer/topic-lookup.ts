import type { Environment } from "@millrace/kernel";
import { MissingTopicError, RetriableError } from "../../port/errors.js";
import type { Transport } from "../transport/transport.js";

/** A topic that was made a moment ago may be unknown to some brokers still. */
const MISSING_AFTER_MS = 5_000;
const PAUSE_MS = 100;

export interface TopicLookupHooks {
  readonly found: (topic: string, partitionCount: number) => void;
  readonly missing: (topic: string, error: Error) => void;
  /** A look-up has ended, well or not. */
  readonly done: () => void;
  /** Not to be mended by asking again. */
  readonly failed: (error: Error) => void;
}

/** Asks for the leaders and partition counts of topics until it has them; one request at a time. */
export class TopicLookup {
  readonly #cluster: Pick<Transport, "refresh" | "partitionCount">;
  readonly #environment: Environment;
  readonly #hooks: TopicLookupHooks;
  /** Topic to when it was asked for first. */
  readonly #wanted = new Map<string, number>();
  readonly #recent = new Set<string>();
  #running = false;
  #closed = false;

  constructor(
    cluster: Pick<Transport, "refresh" | "partitionCount">,
    environment: Environment,
    hooks: TopicLookupHooks,
  ) {
    this.#cluster = cluster;
    this.#environment = environment;
    this.#hooks = hooks;
  }

  /** True while what is known of the topic is not to be trusted. */
  isWanted(topic: string): boolean {
    return this.#wanted.has(topic);
  }

  want(topic: string): void {
    if (this.#closed || this.#wanted.has(topic)) return;
    this.#wanted.set(topic, this.#environment.clock.monotonicMs());
    if (!this.#recent.has(topic)) this.#lookUpSoon();
  }

  close(): void {
    this.#closed = true;
    this.#wanted.clear();
  }

  /** A moment later: topics wanted in the same breath share a request. */
  #lookUpSoon(): void {
    if (this.#running) return;
    this.#running = true;
    void Promise.resolve().then(() => this.#lookUp());
  }

  async #lookUp(): Promise<void> {
    const asked = [...this.#wanted.keys()];
    try {
      const { missing } = await this.#cluster.refresh(asked);
      if (!this.#closed) for (const topic of asked) this.#answered(topic, missing.includes(topic));
    } catch (error) {
      if (!(error instanceof RetriableError) && !this.#closed) this.#fail(error as Error);
    }
    this.#running = false;
    this.#hooks.done();
    if (this.#closed) return;
    this.#pause(asked);
    for (const topic of this.#wanted.keys()) if (!this.#recent.has(topic)) return this.#lookUpSoon();
  }

  /** None of these is asked for again at once: a leader may have to be elected, a broker may be down. */
  #pause(asked: readonly string[]): void {
    for (const topic of asked) this.#recent.add(topic);
    this.#environment.scheduler.after(PAUSE_MS, () => {
      for (const topic of asked) this.#recent.delete(topic);
      if (!this.#closed && this.#wanted.size > 0) this.#lookUpSoon();
    });
  }

  #answered(topic: string, isMissing: boolean): void {
    const wantedAtMs = this.#wanted.get(topic);
    const partitionCount = this.#cluster.partitionCount(topic);
    if (!isMissing && partitionCount !== undefined) {
      this.#wanted.delete(topic);
      this.#hooks.found(topic, partitionCount);
    } else if (this.#environment.clock.monotonicMs() - (wantedAtMs ?? 0) >= MISSING_AFTER_MS) {
      this.#wanted.delete(topic);
      this.#hooks.missing(topic, new MissingTopicError([topic]));
    }
  }

  #fail(error: Error): void {
    this.#wanted.clear();
    this.#hooks.failed(error);
  }
}
