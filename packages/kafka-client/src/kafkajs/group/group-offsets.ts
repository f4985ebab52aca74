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
  readonly #signal: AbortSignal;

  constructor(coordinator: Coordinator, groupId: string, environment: Environment, signal: AbortSignal) {
    this.#coordinator = coordinator;
    this.#groupId = groupId;
    this.#environment = environment;
    this.#signal = signal;
  }

  /** As `sender`, whose generation the coordinator checks. Rejects with the first error of a partition. */
  async commit(offsets: TpMap<OffsetAndMetadata>, sender: GroupMetadata): Promise<void> {
    if (offsets.size === 0) return;
    const request = offsetCommitRequest(sender, offsets);
    const what = `Committing offsets of group ${this.#groupId}`;
    await this.#persist(() => this.#coordinator.call(request, firstError, what), PERSISTENCE_MS);
  }

  /** `stable`: waits for transactions that have not ended. Null for a partition without one. */
  async committed(partitions: readonly TopicPartition[], stable: boolean): Promise<TpMap<OffsetAndMetadata | null>> {
    if (partitions.length === 0) return new Map();
    for (;;) {
      const answer = await this.lookUp(partitions, stable);
      if (answer !== null) return answer;
      // The transaction ends by its own time-out at the latest; nobody tells us when.
      await sleep(this.#environment.scheduler, UNSTABLE_PAUSE_MS, this.#signal);
    }
  }

  /** As {@link committed}, but null instead of waiting for transactions. */
  async lookUp(
    partitions: readonly TopicPartition[],
    stable: boolean,
  ): Promise<TpMap<OffsetAndMetadata | null> | null> {
    const request = offsetFetchRequest(this.#groupId, partitions, stable);
    const what = `Reading committed offsets of group ${this.#groupId}`;
    const codeOf = ({ errorCode }: OffsetFetchResponse): number => (isUnstable(errorCode) ? ErrorCode.NONE : errorCode);
    const answer = await this.#persist(() => this.#coordinator.call(request, codeOf, what), PERSISTENCE_MS);
    return isUnstable(answer.errorCode) ? null : answer.offsets;
  }

  #persist<T>(attempt: () => Promise<T>, limitMs: number): Promise<T> {
    const environment = this.#environment;
    const deadlineMs = environment.clock.monotonicMs() + limitMs;
    return persistently(attempt, { environment, signal: this.#signal, deadlineMs });
  }
}

function firstError(errors: TpMap<number>): number {
  for (const code of errors.values()) if (code !== ErrorCode.NONE) return code;
  return ErrorCode.NONE;
}

function isUnstable(code: number): boolean {
  return code === ErrorCode.UNSTABLE_OFFSET_COMMIT;
}
