import { Deferred, type Environment, type Timer } from "@millrace/kernel";
import { FatalClientError, ProducerFencedError } from "../../port/errors.js";
import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import type { TpMap } from "../../port/topic-partition.js";
import type { MarkerType } from "../../protocol/index.js";
import type { Groups } from "../group/groups.js";
import type { Journal, JournalOffset } from "../journal.js";
import type { PartitionLog } from "../log/partition-log.js";

/** Kafka's epochs are 16 bits; near their end the producer gets a new id. */
const EPOCH_MAX = 32_766;
const PRODUCER_IDS_PER_BLOCK = 1000;

/** Who a producer is to the cluster. */
export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

/** One transactional id: its producer, and the transaction it is in. */
export class Transaction {
  readonly transactionalId: string;
  producerId: number;
  epoch: number;
  timeoutMs: number;
  status: "empty" | "ongoing" | "ending" = "empty";
  readonly logs = new Set<PartitionLog>();
  readonly groups = new Set<string>();
  ended: Deferred<void> | null = null;
  expiry: Timer | null = null;

  constructor(transactionalId: string, producerId: number, epoch: number, timeoutMs: number) {
    this.transactionalId = transactionalId;
    this.producerId = producerId;
    this.epoch = epoch;
    this.timeoutMs = timeoutMs;
  }
}

/** What is remembered of a stopped producer's last transaction. */
export interface LeftOver {
  readonly epoch: number;
  readonly decision: MarkerType;
}

/** When each marker of an ending transaction arrives, in milliseconds after the end was answered. */
export type MarkerDelay = () => number;

/** The transaction coordinator: epochs, what a transaction touched, its end, and the markers that follow it. */
export class Transactions {
  readonly #byId = new Map<string, Transaction>();
  readonly #environment: Environment;
  readonly #journal: Journal;
  readonly #groups: Groups;
  readonly #markerDelayMs: MarkerDelay;
  #nextProducerId = 0;
  #reservedProducerIds = 0;

  constructor(environment: Environment, journal: Journal, groups: Groups, markerDelayMs: MarkerDelay) {
    this.#environment = environment;
    this.#journal = journal;
    this.#groups = groups;
    this.#markerDelayMs = markerDelayMs;
  }

  /** A fresh identity for an idempotent producer. */
  newProducer(): ProducerIdentity {
    if (this.#nextProducerId === this.#reservedProducerIds) {
      this.#reservedProducerIds += PRODUCER_IDS_PER_BLOCK;
      this.#journal.write({ kind: "producer-ids", next: this.#reservedProducerIds });
    }
    return { producerId: this.#nextProducerId++, epoch: 0 };
  }

  /** Fences earlier owners of the id, ends what they left open, and waits for its markers. */
  async init(transactionalId: string, timeoutMs: number): Promise<Transaction> {
    let transaction = this.#byId.get(transactionalId);
    if (transaction === undefined) {
      const { producerId } = this.newProducer();
      transaction = new Transaction(transactionalId, producerId, -1, timeoutMs);
      this.#byId.set(transactionalId, transaction);
    }
    while (transaction.status !== "empty") {
      if (transaction.status === "ongoing") this.#fenceAndAbort(transaction);
      await transaction.ended?.promise;
    }
    this.#bump(transaction, timeoutMs);
    return transaction;
  }

  /** Throws {@link ProducerFencedError} unless `epoch` is the present one. */
  check(transaction: Transaction, identity: ProducerIdentity): void {
    if (transaction.epoch === identity.epoch && transaction.producerId === identity.producerId) return;
    throw new ProducerFencedError(
      `Transactional id "${transaction.transactionalId}" has a newer owner, or its transaction ran out of time. Close this producer; start a new one if it still has the work.`,
    );
  }

  /** The transaction will write to `log`. The previous one must have ended. */
  addPartition(transaction: Transaction, log: PartitionLog): void {
    this.#start(transaction);
    transaction.logs.add(log);
  }

  /** The transaction will commit `offsets` for `group`. The previous one must have ended. */
  addOffsets(transaction: Transaction, offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): void {
    this.#groups.get(group.groupId).checkCommit(group, true);
    this.#start(transaction);
    transaction.groups.add(group.groupId);
    this.#groups.get(group.groupId).offsets.setPending(transaction.producerId, offsets);
  }

  /** Decides the transaction. It is decided when this returns; markers and offsets follow. */
  end(transaction: Transaction, commit: boolean): void {
    if (transaction.status !== "ongoing") return;
    transaction.expiry?.cancel();
    transaction.status = "ending";
    transaction.ended = new Deferred<void>();
    this.#journal.write({
      kind: "transaction-end",
      transactionalId: transaction.transactionalId,
      epoch: transaction.epoch,
      commit,
      groups: commit ? this.#pendingOffsets(transaction) : [],
    });
    this.#sendMarkers(transaction, commit);
  }

  restoreProducerIds(next: number): void {
    this.#nextProducerId = next;
    this.#reservedProducerIds = next;
  }

  /**
   * Ends what a stopped process left open in `logs`: as it was decided, and by abort when nothing was, because the
   * only process that could have gone on is gone.
   */
  endLeftOver(logs: Iterable<PartitionLog>, left: ReadonlyMap<number, LeftOver>): void {
    for (const log of logs) {
      for (const producerId of log.transactions.openProducers()) {
        const { epoch, decision } = left.get(producerId) ?? { epoch: 0, decision: "abort" };
        log.appendMarker(decision, producerId, epoch);
      }
    }
  }

  /** Resolves when no decided transaction is waiting for its markers. */
  async settled(): Promise<void> {
    for (const transaction of this.#byId.values()) await transaction.ended?.promise;
  }

  #start(transaction: Transaction): void {
    if (transaction.status === "ending") {
      throw new FatalClientError("The previous transaction of this producer has not ended yet: a bug of the client.");
    }
    if (transaction.status === "ongoing") return;
    transaction.status = "ongoing";
    this.#armExpiry(transaction);
  }

  #armExpiry(transaction: Transaction): void {
    transaction.expiry = this.#environment.scheduler.after(transaction.timeoutMs, () => {
      if (transaction.status === "ongoing") this.#fenceAndAbort(transaction);
    });
  }

  #fenceAndAbort(transaction: Transaction): void {
    this.#bump(transaction, transaction.timeoutMs);
    this.end(transaction, false);
  }

  #bump(transaction: Transaction, timeoutMs: number): void {
    // An open transaction's markers must name the producer that wrote it, so only an idle one gets a new id.
    if (transaction.epoch >= EPOCH_MAX && transaction.status === "empty") {
      transaction.producerId = this.newProducer().producerId;
      transaction.epoch = -1;
    }
    transaction.epoch++;
    transaction.timeoutMs = timeoutMs;
    const { transactionalId, producerId, epoch } = transaction;
    this.#journal.write({ kind: "transactional-id", transactionalId, producerId, epoch, timeoutMs });
  }

  #pendingOffsets(transaction: Transaction): [string, JournalOffset[]][] {
    return [...transaction.groups].map((groupId) => {
      const pending = this.#groups.get(groupId).offsets.pendingOf(transaction.producerId);
      return [groupId, [...pending].map(([{ topic, partition }, offset]) => [topic, partition, offset] as const)];
    });
  }

  #sendMarkers(transaction: Transaction, commit: boolean): void {
    const arrivals: (() => void)[] = [];
    for (const log of transaction.logs) arrivals.push(() => this.#mark(transaction, log, commit));
    const { producerId } = transaction;
    for (const groupId of transaction.groups) {
      arrivals.push(() => this.#groups.get(groupId).offsets.endPending(producerId, commit));
    }
    let missing = arrivals.length;
    const hold = this.#environment.scheduler.hold();
    for (const arrive of arrivals) {
      this.#later(this.#markerDelayMs(), () => {
        arrive();
        missing--;
        if (missing > 0) return;
        hold.cancel();
        this.#finish(transaction);
      });
    }
  }

  /** Always in a later macrotask; a timer of 0 ms would take a whole millisecond. */
  #later(delayMs: number, callback: () => void): void {
    const { scheduler } = this.#environment;
    if (delayMs <= 0) void scheduler.yield().then(callback);
    else scheduler.after(delayMs, callback);
  }

  #mark(transaction: Transaction, log: PartitionLog, commit: boolean): void {
    log.appendMarker(commit ? "commit" : "abort", transaction.producerId, transaction.epoch);
  }

  #finish(transaction: Transaction): void {
    transaction.logs.clear();
    transaction.groups.clear();
    transaction.status = "empty";
    this.#journal.write({ kind: "transaction-done", transactionalId: transaction.transactionalId });
    const ended = transaction.ended;
    transaction.ended = null;
    ended?.resolve();
  }
}
