import type { Environment } from "@millrace/kernel";
import type { GroupAssignor, GroupConsumerConfig, RebalanceListener } from "../port/consumer.js";
import type { TopicPartition } from "../port/topic-partition.js";
import type { JoinedRound, Membership } from "./membership.js";
import type { OwnedPartitions } from "./owned-partitions.js";

const REVOKE_TIMEOUT_MS = 300_000;

/** Runs the listener's callbacks inside `poll` and `close`, in their fixed order, and moves partitions in and out. */
export class RebalanceCallbacks {
  readonly #membership: Membership;
  readonly #owned: OwnedPartitions;
  readonly #config: GroupConsumerConfig;
  readonly #environment: Environment;
  #assignor: GroupAssignor | null = null;
  #listener: RebalanceListener | null = null;

  constructor(membership: Membership, owned: OwnedPartitions, config: GroupConsumerConfig, environment: Environment) {
    this.#membership = membership;
    this.#owned = owned;
    this.#config = config;
    this.#environment = environment;
  }

  use(assignor: GroupAssignor, listener: RebalanceListener): void {
    this.#assignor = assignor;
    this.#listener = listener;
  }

  /** Does what is due: lost partitions, a finished round, a failure to report, the start of the next round. */
  async run(): Promise<void> {
    const membership = this.#membership;
    if (membership.failure !== null) {
      const { failure } = membership;
      membership.failure = null;
      throw failure;
    }
    if (membership.lost) {
      membership.forgetMember();
      await this.#lose(this.#owned.partitions());
    }
    if (membership.round !== null) {
      const { round } = membership;
      membership.round = null;
      await this.#takeIn(round);
    }
    if (membership.canJoin) await this.#rejoin();
  }

  /** For `close`: everything goes, by the callback that tells whether committing is still allowed. */
  async giveUpAll(): Promise<void> {
    const owned = this.#owned.partitions();
    if (this.#membership.lost || this.#membership.fenced) await this.#lose(owned);
    else await this.#revoke(owned);
  }

  async #rejoin(): Promise<void> {
    if (this.#assignor?.protocol === "eager") await this.#revoke(this.#owned.partitions());
    this.#membership.startJoin(this.#owned.partitions());
  }

  async #takeIn(round: JoinedRound): Promise<void> {
    const { partitions, userData } = round.assignment;
    const assigned = new Set(partitions);
    const revoked = this.#owned.partitions().filter((partition) => !assigned.has(partition));
    if (revoked.length > 0) {
      await this.#revoke(revoked);
      // The others may have what was given up only in another round.
      this.#membership.joinDue = true;
    }
    this.#assignor?.onAssignment(partitions, userData, round.metadata);
    const added = partitions.filter((partition) => this.#owned.canAdd(partition));
    this.#owned.admit(added);
    await this.#listener?.onAssigned(added);
    this.#owned.start(added);
  }

  async #revoke(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    const deadline = new AbortController();
    const timeoutMs = this.#config.maxPollIntervalMs ?? REVOKE_TIMEOUT_MS;
    const timer = this.#environment.scheduler.after(timeoutMs, () => deadline.abort());
    try {
      await this.#listener?.onRevoked(partitions, deadline.signal);
    } finally {
      timer.cancel();
      this.#owned.remove(partitions);
    }
  }

  async #lose(partitions: readonly TopicPartition[]): Promise<void> {
    if (partitions.length === 0) return;
    try {
      await this.#listener?.onLost(partitions);
    } finally {
      this.#owned.remove(partitions);
    }
  }
}
