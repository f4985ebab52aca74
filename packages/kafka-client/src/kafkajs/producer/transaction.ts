import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import { TransactionAbortableError } from "../../port/errors.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import { addOffsetsToTxnRequest } from "../../protocol/requests/add-offsets-to-txn.js";
import { addPartitionsToTxnRequest } from "../../protocol/requests/add-partitions-to-txn.js";
import { endTxnRequest } from "../../protocol/requests/end-txn.js";
import type { TransactionOrigin } from "../../protocol/requests/transaction-origin.js";
import { txnOffsetCommitRequest } from "../../protocol/requests/txn-offset-commit.js";
import type { CoordinatorCall, CoordinatorCalls } from "./coordinator-calls.js";

export interface TransactionHooks {
  readonly origin: () => TransactionOrigin;
  /** Partitions were added: their batches may go. */
  readonly added: () => void;
  readonly failed: (error: Error) => void;
}

/** What the coordinator knows of the transaction that is open: partitions, offsets, and its end. */
export class Transaction {
  readonly #calls: CoordinatorCalls;
  readonly #hooks: TransactionHooks;
  readonly #held = new Set<TopicPartition>();
  readonly #wanted = new Set<TopicPartition>();
  #adding: Promise<void> | null = null;
  /** The coordinator may have begun it: only then is there something to end. */
  #begun = false;
  /**
   * A request was not answered. It was sent again, but may still be carried out late: ending the next transaction, say.
   * Only an epoch that is over keeps it out (before KIP-890's second part).
   */
  #echoes = false;

  constructor(calls: CoordinatorCalls, hooks: TransactionHooks) {
    this.#calls = calls;
    this.#hooks = hooks;
  }

  /** True when the transaction holds the partition; otherwise the next {@link addWanted} adds it. */
  admits(partition: TopicPartition): boolean {
    if (this.#held.has(partition)) return true;
    this.#wanted.add(partition);
    return false;
  }

  /** Adds what {@link admits} was asked for in vain; one request at a time. */
  addWanted(): void {
    if (this.#adding !== null || this.#wanted.size === 0) return;
    this.#adding = this.#add([...this.#wanted])
      .then(
        () => this.#hooks.added(),
        (error: unknown) => {
          // Whoever asks again at once never lets go: of a producer that is closed, or fenced.
          this.#wanted.clear();
          this.#hooks.failed(error as Error);
        },
      )
      .finally(() => {
        this.#adding = null;
        // What was wanted meanwhile.
        this.addWanted();
      });
  }

  /** Sends the offsets to the group's coordinator; they count when the transaction commits. Rejects typed, by R18. */
  async sendOffsets(offsets: TpMap<OffsetAndMetadata>, group: GroupMetadata): Promise<void> {
    const origin = this.#hooks.origin();
    this.#begun = true;
    await this.#ask({
      what: `Adding group ${group.groupId} to transaction ${origin.transactionalId}`,
      coordinator: { kind: "transaction", key: origin.transactionalId },
      request: addOffsetsToTxnRequest(origin, group.groupId),
      errorCode: (code) => code,
    });
    await this.#ask({
      what: `Committing offsets of group ${group.groupId} in transaction ${origin.transactionalId}`,
      coordinator: { kind: "group", key: group.groupId },
      request: txnOffsetCommitRequest(origin, group, offsets),
      errorCode: firstError,
    });
  }

  /** Nothing is being added any more. */
  async quiet(): Promise<void> {
    this.#wanted.clear();
    await this.#adding;
  }

  /**
   * Commits or aborts; asks until it is answered. Rejects with RetriableError when it was not: the outcome is unknown then.
   * `raiseEpoch`: do so before the next transaction.
   */
  async end(commit: boolean): Promise<{ raiseEpoch: boolean }> {
    if (!this.#begun) return { raiseEpoch: false };
    const origin = this.#hooks.origin();
    try {
      await this.#ask({
        what: `${commit ? "Committing" : "Aborting"} transaction ${origin.transactionalId}`,
        coordinator: { kind: "transaction", key: origin.transactionalId },
        request: endTxnRequest(origin, commit),
        errorCode: (code) => code,
      });
    } catch (error) {
      // The coordinator knows of no open transaction: there is nothing to abort.
      if (commit || !(error instanceof TransactionAbortableError)) throw error;
      this.#echoes = true;
    }
    const raiseEpoch = this.#echoes;
    this.forget();
    return { raiseEpoch };
  }

  /** The next transaction begins with nothing. */
  forget(): void {
    this.#held.clear();
    this.#wanted.clear();
    this.#begun = this.#echoes = false;
  }

  #ask<T>(call: CoordinatorCall<T>): Promise<T> {
    return this.#calls.call({
      ...call,
      unanswered: () => {
        this.#echoes = true;
      },
    });
  }

  async #add(partitions: readonly TopicPartition[]): Promise<void> {
    const origin = this.#hooks.origin();
    this.#begun = true;
    await this.#ask({
      what: `Adding partitions to transaction ${origin.transactionalId}`,
      coordinator: { kind: "transaction", key: origin.transactionalId },
      request: addPartitionsToTxnRequest(origin, partitions),
      errorCode: firstError,
    });
    for (const partition of partitions) {
      this.#wanted.delete(partition);
      this.#held.add(partition);
    }
  }
}

/** The first code that says something: the others were not attempted because of it. */
function firstError(errors: TpMap<number>): number {
  for (const code of errors.values()) {
    if (code !== ErrorCode.NONE && code !== ErrorCode.OPERATION_NOT_ATTEMPTED) return code;
  }
  return ErrorCode.NONE;
}
