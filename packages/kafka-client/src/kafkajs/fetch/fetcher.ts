import {
  FatalClientError,
  MissingTopicError,
  OffsetOutOfRangeError,
  RetriableError,
  ClientError,
} from "../../port/errors.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import { ErrorCode, errorOfCode, isRetriableCode } from "../../protocol/error-codes.js";
import { fetchRequest, type FetchedPartitionAnswer, type FetchResponse } from "../../protocol/requests/fetch.js";
import { Breather } from "../../reading/breather.js";
import type { FetchLimits } from "../../reading/fetch-session.js";
import type { PartitionSource } from "../../reading/partition-reader.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { Backoff } from "../transport/backoff.js";
import { Missing } from "../transport/missing.js";
import type { NodeId, Transport } from "../transport/transport.js";
import { fetchedRange } from "./fetched-range.js";
import { ANSWER_BYTES_MAX, fetchPlan, type Asked, type FetchPlan } from "./fetch-plan.js";
import { OffsetLookup } from "./offset-lookup.js";
import { PartitionBuffer, type BufferOwner } from "./partition-buffer.js";

export interface FetcherOptions {
  /** Of its own: a fetch that waits holds up what is behind it. Closed with the fetcher. */
  readonly transport: Transport;
  readonly settings: ConnectionSettings;
  readonly limits: FetchLimits;
  /** Called when a partition has something to take, an error included. */
  readonly onData: () => void;
}

/**
 * Fetches ahead of the readers it opens: one request at a time to each broker, for all partitions it leads whose buffers
 * have room. Errors that pass are tried again behind the scenes; others are thrown by `take`.
 */
export class Fetcher implements PartitionSource<PartitionBuffer>, BufferOwner {
  readonly isolation: FetchLimits["isolation"];
  readonly #options: FetcherOptions;
  readonly #buffers = new Map<TopicPartition, PartitionBuffer>();
  readonly #serving = new Set<NodeId>();
  readonly #backoff: Backoff;
  readonly #breather: Breather;
  readonly #missing: Missing;
  #dispatching = false;
  #refreshing = false;
  #closed = false;
  #turn = 0;

  constructor(options: FetcherOptions) {
    this.isolation = options.limits.isolation;
    this.#options = options;
    this.#backoff = new Backoff(options.settings);
    this.#breather = new Breather(options.settings.environment);
    this.#missing = new Missing(options.transport);
  }

  /** Always: whether a partition exists is for the cluster to say, later. */
  has(): boolean {
    return true;
  }

  open(partition: TopicPartition): PartitionBuffer {
    const buffer = new PartitionBuffer(partition, this);
    this.#buffers.set(partition, buffer);
    return buffer;
  }

  /** Ends the fetching, requests under way included, and closes the transport. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const buffer of [...this.#buffers.values()]) buffer.close();
    await this.#options.transport.close();
  }

  wanting(): void {
    if (this.#dispatching || this.#closed) return;
    this.#dispatching = true;
    // Readers change one after the other: one look at all of them, once they are done.
    void Promise.resolve().then(() => {
      this.#dispatching = false;
      this.#dispatch();
    });
  }

  retry(buffer: PartitionBuffer): void {
    this.#backoff.failed();
    this.#lose([buffer]);
  }

  closed(buffer: PartitionBuffer): void {
    if (this.#buffers.get(buffer.tp) === buffer) this.#buffers.delete(buffer.tp);
  }

  #dispatch(): void {
    const { transport } = this.#options;
    const lost: PartitionBuffer[] = [];
    for (const buffer of this.#buffers.values()) {
      if (!buffer.wanted || buffer.leaderless) continue;
      const leader = transport.leader(buffer.tp);
      if (leader === undefined) lost.push(buffer);
      else if (!this.#serving.has(leader)) {
        this.#serving.add(leader);
        void this.#serve(leader);
      }
    }
    this.#lose(lost);
  }

  /** One request after the other, until there is nothing to ask this broker for. */
  async #serve(node: NodeId): Promise<void> {
    const { transport, limits } = this.#options;
    let plan: FetchPlan | null = null;
    try {
      while (!this.#closed) {
        plan = fetchPlan(node, this.#inTurn(), limits.maxBytesPerPartition, transport);
        if (plan === null) return;
        const { topics, maxWaitMs } = plan;
        const { isolation } = this;
        const request = fetchRequest({ topics, isolation, maxWaitMs, maxBytes: ANSWER_BYTES_MAX });
        await this.#accept(plan, await transport.send(node, request));
        // Metadata asked for meanwhile may name another leader, whom nobody asks yet.
        if (plan.asked.some(({ buffer }) => transport.leader(buffer.tp) !== node)) this.wanting();
      }
    } catch (error) {
      this.#failed(plan?.asked ?? [], error);
    } finally {
      this.#serving.delete(node);
    }
  }

  /** The first in a request is sure of room in the answer: each time another one. */
  #inTurn(): readonly PartitionBuffer[] {
    const buffers = [...this.#buffers.values()];
    if (buffers.length < 2) return buffers;
    const first = this.#turn++ % buffers.length;
    return [...buffers.slice(first), ...buffers.slice(0, first)];
  }

  async #accept({ asked }: FetchPlan, answer: FetchResponse): Promise<void> {
    if (answer.errorCode !== ErrorCode.NONE) throw errorOfCode(answer.errorCode, "Fetching");
    const questions = new Map(asked.map((question) => [question.buffer.tp, question]));
    const lost: PartitionBuffer[] = [];
    for (const { topic, partitions } of answer.topics) {
      for (const partition of partitions) {
        const question = questions.get(tp(topic, partition.partition));
        if (question === undefined) continue;
        if (this.#breather.due) await this.#breather.breathe();
        // A seek or a close may have come since we asked.
        if (question.generation !== question.buffer.generation) continue;
        if (isRetriableCode(partition.errorCode)) lost.push(question.buffer);
        else await this.#answered(question, partition);
      }
    }
    if (lost.length === 0) this.#backoff.succeeded();
    else this.#backoff.failed();
    this.#lose(lost);
  }

  #answered(question: Asked, answer: FetchedPartitionAnswer): Promise<void> | void {
    const { errorCode } = answer;
    const { topic, partition } = question.buffer.tp;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#outOfRange(question);
    if (errorCode === ErrorCode.NONE) this.#take(question, answer);
    else this.#fail(question, errorOfCode(errorCode, `Fetching ${topic}-${partition}`), false);
  }

  #take(question: Asked, answer: FetchedPartitionAnswer): void {
    const { buffer, offset } = question;
    const { settings, onData } = this.#options;
    try {
      if (buffer.accept(fetchedRange(buffer.tp, offset, answer, settings.checkCrcs), answer)) onData();
    } catch (error) {
      this.#fail(question, error as Error, true);
    }
  }

  async #outOfRange(question: Asked): Promise<void> {
    const { transport, settings } = this.#options;
    const { tp: partition } = question.buffer;
    const starts = await new OffsetLookup(transport, settings).beginningOffsets([partition]);
    this.#fail(question, new OffsetOutOfRangeError(partition, question.offset, starts.get(partition)!), true);
  }

  #fail({ buffer, generation }: Asked, error: Error, lasting: boolean): void {
    if (buffer.generation !== generation) return;
    buffer.fail(error, lasting);
    this.#options.onData();
  }

  #failed(asked: readonly Asked[], error: unknown): void {
    if (this.#closed || this.#options.transport.closed.aborted) return;
    if (error instanceof RetriableError) {
      this.#backoff.failed();
      this.#lose(asked.map(({ buffer }) => buffer));
      return;
    }
    const typed = error instanceof ClientError ? error : new FatalClientError("Fetching failed.", { cause: error });
    for (const question of asked) this.#fail(question, typed, false);
  }

  #lose(buffers: readonly PartitionBuffer[]): void {
    for (const buffer of buffers) buffer.leaderless = true;
    if (buffers.length > 0 && !this.#refreshing) void this.#refresh();
  }

  /** Looks for the leaders of partitions without one until all are found. */
  async #refresh(): Promise<void> {
    this.#refreshing = true;
    try {
      for (;;) {
        await this.#backoff.pause(this.#options.transport.closed);
        const lost = [...this.#buffers.values()].filter(({ leaderless }) => leaderless);
        if (lost.length === 0 || this.#closed) return;
        await this.#findLeaders(lost);
      }
    } catch {
      // Only the transport's end gets here.
    } finally {
      this.#refreshing = false;
    }
  }

  async #findLeaders(lost: readonly PartitionBuffer[]): Promise<void> {
    const { transport, onData } = this.#options;
    try {
      const absent = new Set(await this.#missing.refresh(lost.map((buffer) => buffer.tp)));
      for (const buffer of lost) {
        if (absent.has(buffer.tp)) buffer.fail(new MissingTopicError([buffer.tp.topic]), false);
        buffer.leaderless = !absent.has(buffer.tp) && transport.leader(buffer.tp) === undefined;
      }
      if (absent.size > 0) onData();
      if (lost.some(({ leaderless }) => leaderless)) this.#backoff.failed();
    } catch (error) {
      transport.closed.throwIfAborted();
      this.#backoff.failed();
      if (error instanceof RetriableError) return;
      for (const buffer of lost) {
        buffer.leaderless = false;
        buffer.fail(error as Error, false);
      }
      onData();
    }
    this.wanting();
  }
}
