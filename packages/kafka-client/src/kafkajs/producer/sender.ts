import type { Environment, Timer } from "@millrace/kernel";
import { FatalClientError, ProducerFencedError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import { produceRequest, type ProduceAnswer } from "../../protocol/requests/produce.js";
import type { NodeId, Transport } from "../transport/transport.js";
import type { Accumulator } from "./accumulator.js";
import { nameOf, noteAnswer, noteBroken, noteFailure } from "./batch-outcome.js";
import { BrokerLine } from "./broker-line.js";
import type { OutgoingBatch } from "./outgoing-batch.js";
import type { PartitionQueue } from "./partition-queue.js";
import type { ProducerIdentity } from "./producer-identity.js";
import type { TopicLookup } from "./topic-lookup.js";

/** More batches go into a further request. */
const REQUEST_BYTES_MAX = 4 * 1024 * 1024;
/** How long the leader waits for its replicas. */
const REPLICAS_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 50;

export interface SenderParts {
  readonly transport: Transport;
  readonly accumulator: Accumulator;
  readonly lookup: TopicLookup;
}

export interface SenderOptions {
  readonly transactionalId: string | null;
  readonly deliveryTimeoutMs: number;
  /** Null while the producer has no id: nothing is sent. */
  readonly identity: () => ProducerIdentity | null;
  /** False while the transaction does not hold the partition: nothing of it is sent. */
  readonly admits: (partition: TopicPartition) => boolean;
  /** Called after `admits` was asked: what it wants can be asked for in one request. */
  readonly pumped: () => void;
  /** Ends the epoch, so that sequences begin anew (never for transactions). */
  readonly bumpEpoch: () => void;
  /** The producer cannot go on. Expected to call {@link Sender.stop}. */
  readonly failed: (error: Error) => void;
}

interface Delivery {
  readonly queue: PartitionQueue;
  readonly batch: OutgoingBatch;
}

/**
 * Brings batches to the leaders of their partitions: up to five requests on their way to each broker, each batch once and in
 * order whatever is lost or moves meanwhile (KIP-98, KIP-360).
 */
export class Sender {
  readonly #transport: Transport;
  readonly #accumulator: Accumulator;
  readonly #lookup: TopicLookup;
  readonly #environment: Environment;
  readonly #options: SenderOptions;
  readonly #lines = new Map<NodeId, BrokerLine>();
  #inFlight = 0;
  #woken = false;
  #timer: Timer | null = null;
  #timerAtMs = Infinity;
  /** Why everything is given up; null while all is well. */
  #stopped: Error | null = null;
  #uncertain = false;
  /** The epoch is to end as soon as nothing is on its way. */
  #resetWanted = false;
  #idle: (() => void)[] = [];

  constructor(parts: SenderParts, environment: Environment, options: SenderOptions) {
    this.#transport = parts.transport;
    this.#accumulator = parts.accumulator;
    this.#lookup = parts.lookup;
    this.#environment = environment;
    this.#options = options;
  }

  /** Sends what can be sent, once the running code is through. */
  wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    void Promise.resolve().then(() => {
      this.#woken = false;
      this.#pump();
    });
  }

  /** Gives up what is not on its way, and what is as soon as it was answered. Nothing is sent until {@link resume}. */
  stop(error: Error): void {
    this.#stopped ??= error;
    this.#accumulator.dropUnplaced(this.#stopped);
    for (const queue of [...this.#accumulator.active]) this.#settle(queue);
    this.#accumulator.rest();
  }

  /** Resolves when nothing is on its way. */
  quiet(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Something that was given up may have been stored, or its sequence was refused: the epoch must end before {@link resume}. */
  get uncertain(): boolean {
    return this.#uncertain;
  }

  /** Sends again. */
  resume(): void {
    this.#stopped = null;
    this.#uncertain = this.#resetWanted = false;
  }

  close(): void {
    this.#timer?.cancel();
  }

  #pump(): void {
    if (this.#stopped !== null || this.#accumulator.active.length === 0) return;
    const identity = this.#options.identity();
    const nowMs = this.#environment.clock.monotonicMs();
    for (const queue of [...this.#accumulator.active]) this.#expire(queue, nowMs);
    if (this.#stopped === null && !this.#resetWanted && identity !== null) {
      while (this.#sendRound(identity, nowMs)) continue;
      this.#options.pumped();
    }
    this.#accumulator.rest();
    // Without answers to come, somebody must look at the time-outs.
    if (this.#inFlight === 0 && this.#accumulator.active.length > 0) this.#wakeAt(nowMs + 1_000);
  }

  /** At most one batch per partition and one request per broker. True when something was sent. */
  #sendRound(identity: ProducerIdentity, nowMs: number): boolean {
    const requests = new Map<NodeId, { deliveries: Delivery[]; bytes: number }>();
    for (const queue of this.#accumulator.active) {
      const node = this.#openLeader(queue, nowMs);
      if (node === undefined) continue;
      const batch = queue.next(nowMs, true);
      if (batch === null || !this.#options.admits(queue.tp)) continue;
      let request = requests.get(node);
      if (request === undefined) requests.set(node, (request = { deliveries: [], bytes: 0 }));
      if (request.bytes > 0 && request.bytes + batch.bytes > REQUEST_BYTES_MAX) continue;
      request.bytes += batch.bytes;
      queue.take(batch, identity);
      request.deliveries.push({ queue, batch });
    }
    for (const [node, { deliveries }] of requests) this.#send(node, deliveries);
    return requests.size > 0;
  }

  /** The partition's leader, if it can be sent to now; otherwise sees to it that it will be tried again. */
  #openLeader(queue: PartitionQueue, nowMs: number): NodeId | undefined {
    const { topic } = queue.tp;
    if (this.#lookup.isWanted(topic)) return undefined;
    const node = this.#transport.leader(queue.tp);
    if (node === undefined) {
      this.#lookup.want(topic);
      return undefined;
    }
    const openAtMs = Math.max(this.#lineOf(node).openAtMs(), queue.pausedUntilMs);
    if (openAtMs <= nowMs) return node;
    this.#wakeAt(openAtMs);
    return undefined;
  }

  #send(node: NodeId, deliveries: readonly Delivery[]): void {
    const line = this.#lineOf(node);
    line.sent();
    this.#inFlight++;
    const request = produceRequest({
      transactionalId: this.#options.transactionalId,
      timeoutMs: REPLICAS_TIMEOUT_MS,
      batches: deliveries.map(({ queue, batch }) => ({ tp: queue.tp, records: batch.records })),
    });
    this.#transport.send(node, request).then(
      (answers) => {
        line.answered();
        this.#settled(deliveries, (delivery) => this.#answered(delivery, answers.get(delivery.queue.tp)));
      },
      (error: unknown) => {
        line.broken(this.#environment.clock.monotonicMs());
        this.#settled(deliveries, (delivery) => this.#broken(delivery, error as Error));
      },
    );
  }

  #settled(deliveries: readonly Delivery[], judge: (delivery: Delivery) => void): void {
    this.#inFlight--;
    for (const delivery of deliveries) {
      delivery.queue.inFlight--;
      judge(delivery);
    }
    for (const { queue } of deliveries) this.#settle(queue);
    if (this.#inFlight === 0) this.#quieted();
    this.wake();
  }

  #quieted(): void {
    if (this.#resetWanted && this.#stopped === null) this.#reset();
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #broken({ queue, batch }: Delivery, error: Error): void {
    noteBroken(batch, error);
    this.#lookup.want(queue.tp.topic);
  }

  #answered({ queue, batch }: Delivery, answer: ProduceAnswer | undefined): void {
    const verdict = noteAnswer(queue.tp, batch, answer);
    if (verdict === "moved") this.#lookup.want(queue.tp.topic);
    if (batch.state === "retry") queue.pausedUntilMs = this.#environment.clock.monotonicMs() + RETRY_PAUSE_MS;
  }

  /** Reports what is certain, in order, and deals with what stands in the way. */
  #settle(queue: PartitionQueue): void {
    while (this.#settleHead(queue, queue.sent[0])) continue;
    if (this.#stopped === null || queue.inFlight > 0) return;
    for (const { ambiguous, state } of this.#accumulator.giveUp(queue, this.#stopped)) {
      this.#uncertain ||= ambiguous || state === "refused";
    }
  }

  /** True when the next one may be looked at. */
  #settleHead(queue: PartitionQueue, head: OutgoingBatch | undefined): boolean {
    if (head === undefined) return false;
    if (head.state === "done") {
      this.#accumulator.report(queue, queue.shiftStored(), null);
      return true;
    }
    if (queue.inFlight > 0 || this.#stopped !== null || head.state === "retry") return false;
    if (head.state !== "split") return this.#giveUpHead(queue, head);
    queue.splitHead();
    return false;
  }

  /** True when the queue goes on. */
  #giveUpHead(queue: PartitionQueue, head: OutgoingBatch): boolean {
    if (this.#options.transactionalId !== null) {
      this.#uncertain ||= head.ambiguous || head.state === "refused";
      this.#options.failed(head.error ?? lostRecords(queue.tp));
      return false;
    }
    if (head.state === "refused") {
      this.#environment.logger.warn(`${lostRecords(queue.tp).message} Sequences begin anew.`);
      this.#resetWanted = true;
      return false;
    }
    if (head.error instanceof ProducerFencedError) {
      this.#options.failed(head.error);
      return false;
    }
    this.#resetWanted ||= head.ambiguous;
    this.#accumulator.report(queue, queue.shiftFailed(), head.error);
    return true;
  }

  /** Nothing is on its way. What may have been stored cannot be sent under a new epoch, where the broker would not recognise it. */
  #reset(): void {
    for (const { sent } of this.#accumulator.active) {
      if (!sent.some(({ ambiguous, state }) => ambiguous && state !== "done")) continue;
      return this.#options.failed(
        new FatalClientError(
          "Some batches were given up and others may or may not have been stored, so sending on could store records twice. " +
            "Open another producer; what it sends again may be there already.",
        ),
      );
    }
    this.#resetWanted = false;
    this.#options.bumpEpoch();
  }

  #expire(queue: PartitionQueue, nowMs: number): void {
    if (queue.inFlight > 0) return;
    const oldest = queue.sent[0] ?? queue.waiting[0];
    const { deliveryTimeoutMs } = this.#options;
    if (oldest === undefined || nowMs - oldest.sealedAtMs < deliveryTimeoutMs) return;
    const error = new RetriableError(
      `Records for ${nameOf(queue.tp)} could not be delivered within ${deliveryTimeoutMs} ms. ` +
        "See whether the cluster is reachable; allow more time with deliveryTimeoutMs.",
    );
    if (oldest === queue.sent[0]) {
      if (oldest.state !== "retry") return;
      noteFailure(oldest, error);
      this.#settle(queue);
      if (this.#inFlight === 0) this.#quieted();
      return;
    }
    if (this.#options.transactionalId !== null) return this.#options.failed(error);
    this.#accumulator.report(queue, queue.waiting.shift()!, error);
  }

  #lineOf(node: NodeId): BrokerLine {
    let line = this.#lines.get(node);
    if (line === undefined) this.#lines.set(node, (line = new BrokerLine()));
    return line;
  }

  #wakeAt(atMs: number): void {
    if (atMs === Infinity || atMs >= this.#timerAtMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#environment.scheduler.after(atMs - this.#environment.clock.monotonicMs(), () => {
      this.#timerAtMs = Infinity;
      this.#pump();
    });
  }
}

function lostRecords(tp: TopicPartition): RetriableError {
  return new RetriableError(
    `The broker that leads ${nameOf(tp)} has lost records it had acknowledged, or what it knew of this producer.`,
  );
}
