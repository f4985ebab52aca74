import { sleep, type Environment } from "@millrace/kernel";
import type { GroupMetadata, OffsetAndMetadata } from "../../port/consumer.js";
import type { TopicPartition, TpMap } from "../../port/topic-partition.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import { offsetCommitRequest } from "../../protocol/requests/offset-commit.js";
import { offsetFetchRequest, type OffsetFetchResponse } from "../../protocol/requests/offset-fetch.js";
import { persistently, type Coordinator } from "./coordinator.js";

const PERSISTENCE_MS = 30_000;
const UNSTABLE_PAUSE_MS = 20;

/** The committed offsets of one group, kept by its coordinator. */
export class GroupOffsets {
  readonly #coordinator: Coordinator;
  readonly #groupId: string;
  readonly #environment: Environment;

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

  /** What is known now. */
  lookUp(partitions: readonly TopicPartition[], stable: boolean, signal: AbortSignal): Promise<OffsetFetchResponse> {
    const request = offsetFetchRequest(this.#groupId, partitions, stable);
    const what = `Reading committed offsets of group ${this.#groupId}`;
    return this.#persist(() => this.#coordinator.call(request, ({ errorCode }) => errorCode, what), signal);
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
