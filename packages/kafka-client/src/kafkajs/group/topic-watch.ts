import type { Environment, Timer } from "@millrace/kernel";
import type { TopicDirectory } from "../../membership/topic-directory.js";
import type { ClusterView, TopicInfo } from "../../port/admin.js";
import { RetriableError } from "../../port/errors.js";
import { ErrorCode, errorOfCode } from "../../protocol/error-codes.js";
import { metadataRequest, type MetadataTopic } from "../../protocol/requests/metadata.js";
import type { Transport } from "../transport/transport.js";
import { persistently } from "./coordinator.js";

const RETRY_MS = 500;
const VIEW_PERSISTENCE_MS = 10_000;

export interface TopicWatchOptions {
  readonly transport: Transport;
  readonly environment: Environment;
  /** Time between two looks. */
  readonly metadataMaxAgeMs: number;
  /** The topics watched may have come, gone or grown. */
  readonly onLook: () => void;
  /** The cluster does not allow to look. */
  readonly onFailure: (error: Error) => void;
}

/** Looks at the topics of a subscription now and then: those named, or all of them for a pattern. */
export class TopicWatch implements TopicDirectory {
  readonly #options: TopicWatchOptions;
  readonly #closed = new AbortController();
  #wanted: readonly string[] | null = [];
  #counts: ReadonlyMap<string, number> = new Map();
  #known = false;
  #timer: Timer | null = null;
  #soon = false;
  /** Tells a look that its subscription has been replaced. */
  #turn = 0;

  constructor(options: TopicWatchOptions) {
    this.#options = options;
  }

  get known(): boolean {
    return this.#known;
  }

  /** From now on these; what was known is forgotten. */
  watch(wanted: readonly string[] | RegExp): void {
    this.#wanted = wanted instanceof RegExp ? null : [...new Set(wanted)];
    this.#known = false;
    this.#turn++;
    this.#timer?.cancel();
    void this.#look(this.#turn);
  }

  /** What is known is out of date: looks again soon, not only when it is old. */
  lookSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#schedule(Math.min(RETRY_MS, this.#options.metadataMaxAgeMs));
  }

  names(): readonly string[] {
    return [...this.#counts.keys()].sort();
  }

  partitionCount(topic: string): number {
    return this.#counts.get(topic) ?? 0;
  }

  async view(topics: ReadonlySet<string>): Promise<ClusterView> {
    const { environment } = this.#options;
    const deadlineMs = environment.clock.monotonicMs() + VIEW_PERSISTENCE_MS;
    const persistence = { environment, signal: this.#closed.signal, deadlineMs };
    const described = await persistently(() => this.#describe([...topics]), persistence);
    return { topics: new Map(described.map((topic) => [topic.name, infoOf(topic)])) };
  }

  close(): void {
    this.#closed.abort(new RetriableError("The consumer was closed."));
    this.#timer?.cancel();
  }

  async #look(turn: number): Promise<void> {
    const { environment, metadataMaxAgeMs, onLook, onFailure } = this.#options;
    let nextMs = metadataMaxAgeMs;
    this.#soon = false;
    try {
      const described = await this.#describe(this.#wanted);
      if (turn !== this.#turn) return;
      this.#counts = new Map(described.map((topic) => [topic.name, topic.partitions.length]));
      this.#known = true;
      onLook();
    } catch (error) {
      if (turn !== this.#turn || this.#closed.signal.aborted) return;
      nextMs = Math.min(RETRY_MS, metadataMaxAgeMs);
      if (error instanceof RetriableError) environment.logger.info("Looking at the topics failed.", { error });
      else onFailure(error instanceof Error ? error : new Error(String(error)));
    }
    if (!this.#soon) this.#schedule(nextMs);
  }

  #schedule(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#closed.signal.aborted) return;
    this.#timer = this.#options.environment.scheduler.after(delayMs, () => void this.#look(this.#turn));
  }

  /** Those that exist. Null: all. */
  async #describe(names: readonly string[] | null): Promise<readonly MetadataTopic[]> {
    const { transport } = this.#options;
    const { topics } = await transport.send(await transport.anyNode(), metadataRequest(names));
    const existing: MetadataTopic[] = [];
    for (const topic of topics) {
      if (topic.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED || topic.errorCode === ErrorCode.INVALID_TOPIC) {
        throw errorOfCode(topic.errorCode, `Reading about topic ${topic.name}`);
      }
      if (topic.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION && topic.partitions.length > 0) existing.push(topic);
    }
    return existing;
  }
}

function infoOf({ name, topicId, partitions }: MetadataTopic): TopicInfo {
  return { name, topicId, partitions: partitions.length };
}
