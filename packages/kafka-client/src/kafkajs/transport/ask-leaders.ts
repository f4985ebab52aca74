import { MissingTopicError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import { errorOfCode } from "../../protocol/error-codes.js";
import type { Request } from "../../protocol/requests/request.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { Backoff } from "./backoff.js";
import { Missing } from "./missing.js";
import type { NodeId, Transport } from "./transport.js";

export interface LeaderQuestion<Answer extends { readonly errorCode: number }> {
  /** In words, for errors: "Listing offsets". */
  readonly what: string;
  request(partitions: readonly TopicPartition[]): Request<ReadonlyMap<TopicPartition, Answer>>;
}

/**
 * Asks the leader of each partition, follows leaders that move, and tries again for `apiTimeoutMs`. Throws MissingTopicError
 * for a partition that does not exist, RetriableError when time is up, and what other error codes stand for.
 */
export async function askLeaders<Answer extends { readonly errorCode: number }>(
  transport: Transport,
  settings: ConnectionSettings,
  partitions: readonly TopicPartition[],
  question: LeaderQuestion<Answer>,
): Promise<Map<TopicPartition, Answer>> {
  const inquiry = new Inquiry(transport, question, partitions);
  const backoff = new Backoff(settings);
  const { clock } = settings.environment;
  const deadlineMs = clock.monotonicMs() + settings.apiTimeoutMs;
  for (;;) {
    transport.closed.throwIfAborted();
    if (await inquiry.round()) return inquiry.answers;
    if (inquiry.failure !== null) backoff.failed();
    if (clock.monotonicMs() + backoff.dueMs() > deadlineMs) break;
    await backoff.pause(transport.closed);
    await inquiry.findLeaders();
  }
  throw new RetriableError(
    `${question.what} took longer than ${settings.apiTimeoutMs} ms. Check that every broker runs.`,
    { cause: inquiry.failure },
  );
}

/** A question on its way to every leader. */
class Inquiry<Answer extends { readonly errorCode: number }> {
  readonly answers = new Map<TopicPartition, Answer>();
  /** Why a question is still open; null while no leader was asked in vain. */
  failure: Error | null = null;
  readonly #transport: Transport;
  readonly #question: LeaderQuestion<Answer>;
  readonly #open: Set<TopicPartition>;
  readonly #missing: Missing;

  constructor(transport: Transport, question: LeaderQuestion<Answer>, partitions: readonly TopicPartition[]) {
    this.#transport = transport;
    this.#question = question;
    this.#open = new Set(partitions);
    this.#missing = new Missing(transport);
  }

  /** Asks every leader that is known. True when there is nothing left to ask. */
  async round(): Promise<boolean> {
    const asking = [...byLeader(this.#transport, this.#open)].map(([node, led]) => this.#ask(node, led));
    for (const asked of await Promise.allSettled(asking)) {
      if (asked.status === "rejected") this.#passing(asked.reason);
    }
    return this.#open.size === 0;
  }

  async findLeaders(): Promise<void> {
    try {
      const absent = await this.#missing.refresh([...this.#open]);
      if (absent.length > 0) throw new MissingTopicError([...new Set(absent.map(({ topic }) => topic))]);
      if ([...this.#open].every((partition) => this.#transport.leader(partition) !== undefined)) return;
      this.failure ??= new RetriableError("A partition has no leader at the moment.");
    } catch (error) {
      this.#passing(error);
    }
  }

  async #ask(node: NodeId, led: readonly TopicPartition[]): Promise<void> {
    const answered = await this.#transport.send(node, this.#question.request(led));
    for (const [partition, answer] of answered) {
      if (answer.errorCode === 0) {
        this.answers.set(partition, answer);
        this.#open.delete(partition);
      } else {
        this.#passing(
          errorOfCode(answer.errorCode, `${this.#question.what} of ${partition.topic}-${partition.partition}`),
        );
      }
    }
  }

  /** Keeps what may pass, throws what does not. */
  #passing(error: unknown): void {
    if (!(error instanceof RetriableError)) throw error;
    this.failure = error;
  }
}

function byLeader(transport: Transport, partitions: Iterable<TopicPartition>): Map<NodeId, TopicPartition[]> {
  const leaders = new Map<NodeId, TopicPartition[]>();
  for (const partition of partitions) {
    const leader = transport.leader(partition);
    if (leader === undefined) continue;
    const led = leaders.get(leader);
    if (led === undefined) leaders.set(leader, [partition]);
    else led.push(partition);
  }
  return leaders;
}
