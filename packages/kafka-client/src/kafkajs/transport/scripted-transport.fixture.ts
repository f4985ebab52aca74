import { FatalClientError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { Request } from "../../protocol/requests/request.js";
import type { NodeId, Transport } from "./transport.js";

/** The leader of each partition by topic; -1: none at the moment. */
export type Leaders = Readonly<Record<string, readonly NodeId[]>>;

/** What a broker says to a request: its decoded answer, or an error that breaks the connection. */
export type Answer = (node: NodeId, request: Request<unknown>) => unknown;

/** A cluster that answers as a test tells it to, and of whose leaders the client knows what its last refresh said. */
export class ScriptedTransport implements Transport {
  leaders: Leaders;
  answer: Answer;
  /** Set: refreshing fails with it. */
  trouble: Error | null = null;
  refreshes = 0;
  readonly #closed = new AbortController();
  #known: Leaders;

  /** The client knows `leaders` from the beginning. */
  constructor(leaders: Leaders, answer: Answer) {
    this.leaders = leaders;
    this.#known = leaders;
    this.answer = answer;
  }

  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  async open(): Promise<void> {}

  async send<T>(node: NodeId, request: Request<T>): Promise<T> {
    const answer = await this.answer(node, request);
    this.closed.throwIfAborted();
    if (answer instanceof Error) throw answer;
    return answer as T;
  }

  anyNode(): Promise<NodeId> {
    return Promise.resolve(0);
  }

  leader({ topic, partition }: TopicPartition): NodeId | undefined {
    const leader = this.#known[topic]?.[partition] ?? -1;
    return leader < 0 ? undefined : leader;
  }

  leaderEpoch(): number {
    return -1;
  }

  partitionCount(topic: string): number | undefined {
    return this.#known[topic]?.length;
  }

  async refresh(topics: readonly string[]): Promise<{ readonly missing: readonly string[] }> {
    this.refreshes++;
    if (this.trouble !== null) throw this.trouble;
    this.#known = this.leaders;
    return { missing: topics.filter((topic) => !(topic in this.leaders)) };
  }

  coordinator(): Promise<NodeId> {
    return Promise.reject(new FatalClientError("This cluster has no coordinators."));
  }

  forgetCoordinator(): void {}

  async close(): Promise<void> {
    this.#closed.abort(new RetriableError("The connection was closed."));
  }
}
