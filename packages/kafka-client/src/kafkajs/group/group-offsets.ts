import { sleep, type Environment } from "@millrace/kernel";
import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import { offsetCommitRequest } from "../../protocol/requests/offset-commit.js";
import { offsetFetchRequest, type OffsetFetchResponse } from "../../protocol/requests/offset-fetch.js";
import { persistently, type Coordinator } from "./coordinator.js";

const PERSISTENCE_MS = 30_000;
const UNSTABLE_PAUSE_MS = 20;
const UNSTABLE_WARNING_MS = 10_000;

/** The committed offsets of one group, kept by its coordinator. */
export class GroupOffsets {
  readonly #coordinator: Coordinator;
  readonly #groupId: string;
  readonly #environment: Environment;
  /** Since when a transaction holds the offset of a partition, or when that was said last. */
  readonly #heldSinceMs = new Map<TopicPartition, number>();

  constructor(coordinator: Coordinator, groupId: string, environment: Environment) {
    this.#coordinator = coordinator;
    this.#groupId = groupId;
    this.#environment = environment;
  }

  /** As `sender`, whose generation the coordinator checks. Rejects with the first error of a partition. */
  async commit(offsets: TpMap<OffsetAndMetadata>, sender: GroupMetadata, signal: AbortSignal): Promise<void> {
    if (offsets.size === 0) return;
    const request = offsetCommitRequest(sender, offsets);
    const what = `Committing offsets of group ${this.#groupId}`;
    await this.#persist(() => this.#coordinator.call(request, firstError, what), signal);
  }

  /** `stable`: waits for transactions that have not ended. Null for a partition without a committed offset. */
  async committed(
    partitions: readonly TopicPartition[],
    stable: boolean,
    signal: AbortSignal,
  ): Promise<TpMap<OffsetAndMetadata | null>> {
    const found = new Map<TopicPartition, OffsetAndMetadata | null>();
    let open = partitions;
    while (open.length > 0) {
      const { offsets, unstable } = await this.lookUp(open, stable, signal);
      for (const partition of open) {
        if (!unstable.includes(partition)) found.set(partition, offsets.get(partition) ?? null);
      }
      open = unstable;
      // A transaction ends by its own time-out at the latest; nobody tells us when.
      if (open.length > 0) await sleep(this.#environment.scheduler, UNSTABLE_PAUSE_MS, signal);
    }
    return found;
  }

  /** What is known now. Says so in the log, every ten seconds, when a transaction does not let go of an offset. */
  async lookUp(
    partitions: readonly TopicPartition[],
    stable: boolean,
    signal: AbortSignal,
  ): Promise<OffsetFetchResponse> {
    const request = offsetFetchRequest(this.#groupId, partitions, stable);
    const what = `Reading committed offsets of group ${this.#groupId}`;
    const answer = await this.#persist(
      () => this.#coordinator.call(request, ({ errorCode }) => errorCode, what),
      signal,
    );
    for (const partition of partitions) if (!answer.unstable.includes(partition)) this.#heldSinceMs.delete(partition);
    this.#noteHeld(answer.unstable);
    return answer;
  }

  #noteHeld(unstable: readonly TopicPartition[]): void {
    if (unstable.length === 0) return;
    const nowMs = this.#environment.clock.monotonicMs();
    const long: string[] = [];
    for (const partition of unstable) {
      const sinceMs = this.#heldSinceMs.get(partition);
      if (sinceMs !== undefined && nowMs - sinceMs < UNSTABLE_WARNING_MS) continue;
      this.#heldSinceMs.set(partition, nowMs);
      if (sinceMs !== undefined) long.push(`${partition.topic}-${partition.partition}`);
    }
    if (long.length === 0) return;
    this.#environment.logger.warn(
      "A transaction that has not ended holds committed offsets. Reading goes on when it ends; look for one that hangs.",
      { groupId: this.#groupId, partitions: long },
    );
  }

  #persist<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const environment = this.#environment;
    const deadlineMs = environment.clock.monotonicMs() + PERSISTENCE_MS;
    return persistently(attempt, { environment, signal, deadlineMs });
  }
}

function firstError(errors: TpMap<number>): number {
  for (const code of errors.values()) if (code !== ErrorCode.NONE) return code;
  return ErrorCode.NONE;
}
