import type { ClusterView } from "./admin.js";
import type { Isolation } from "./client.js";
import type { FetchedPartition } from "./records.js";
import type { OffsetMap, TopicPartition, TpMap } from "./topic-partition.js";

export interface OffsetAndMetadata {
  readonly offset: number;
  readonly metadata?: string;
  readonly leaderEpoch?: number;
}

export interface GroupMetadata {
  readonly groupId: string;
  readonly generation: number;
  readonly memberId: string;
  readonly instanceId: string | null;
}

export interface GroupConsumerConfig {
  readonly groupId: string;
  readonly groupInstanceId?: string;
  readonly clientId?: string;
  readonly isolation: Isolation;
  /** Where a partition without a committed offset starts, by topic; `fallback` for the topics not named. */
  readonly offsetReset: OffsetResetPolicy;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  readonly maxPollIntervalMs?: number;
  /** Upper bound of records handed out by one poll, all partitions together. */
  readonly maxPollRecords?: number;
  readonly fetchMaxBytesPerPartition?: number;
}

export type OffsetReset = "earliest" | "latest" | "none" | { readonly byDurationMs: number };
export interface OffsetResetPolicy {
  readonly fallback: OffsetReset;
  readonly byTopic?: ReadonlyMap<string, OffsetReset>;
}

export interface RestoreConsumerConfig {
  readonly clientId?: string;
  readonly isolation: Isolation;
  readonly fetchMaxBytesPerPartition?: number;
}

export interface MemberSubscription {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  readonly ownedPartitions: readonly TopicPartition[];
  readonly userData: Uint8Array | null;
}

export interface MemberAssignment {
  readonly partitions: readonly TopicPartition[];
  readonly userData: Uint8Array | null;
}

/** Decides who gets what. `assign` runs on the leader only. */
export interface GroupAssignor {
  readonly name: string;
  readonly version: number;
  readonly protocol: "eager" | "cooperative";
  /** Called before every join. */
  subscriptionUserData(topics: readonly string[]): Uint8Array | null;
  assign(cluster: ClusterView, members: readonly MemberSubscription[]): Promise<ReadonlyMap<string, MemberAssignment>>;
  onAssignment(partitions: readonly TopicPartition[], userData: Uint8Array | null, member: GroupMetadata): void;
}

/**
 * All awaited, and only ever inside `poll()` or `close()`. Under the cooperative protocol `onRevoked` names the
 * partitions given up and `onAssigned` those added; under the eager one `onRevoked` names all, before each join.
 */
export interface RebalanceListener {
  /** Still owner: flush, commit allowed. */
  onRevoked(partitions: readonly TopicPartition[], deadline: AbortSignal): Promise<void>;
  /** No fetch of these before it resolves. */
  onAssigned(partitions: readonly TopicPartition[]): Promise<void>;
  /** Not owner any more: must not commit. */
  onLost(partitions: readonly TopicPartition[]): Promise<void>;
}

export interface Positions {
  seek(partition: TopicPartition, offset: number): void;
  position(partition: TopicPartition): number;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  beginningOffsets(partitions: readonly TopicPartition[]): Promise<OffsetMap>;
  endOffsets(partitions: readonly TopicPartition[], isolation: Isolation): Promise<OffsetMap>;
}

export interface GroupConsumer extends Positions {
  /** Calling it again with other topics rejoins. */
  subscribe(topics: readonly string[] | RegExp, assignor: GroupAssignor, listener: RebalanceListener): void;
  /** Prefetched data; waits at most `maxWaitMs` for some. Runs rebalance callbacks. */
  poll(maxWaitMs: number): Promise<readonly FetchedPartition[]>;
  /** The synchronous fast path: what is there now (maybe nothing); null when a rebalance is due and `poll` must be called. */
  tryPoll(): readonly FetchedPartition[] | null;
  /** Generation-checked. */
  commit(offsets: TpMap<OffsetAndMetadata>): Promise<void>;
  committed(
    partitions: readonly TopicPartition[],
    options: { stable: boolean },
  ): Promise<TpMap<OffsetAndMetadata | null>>;
  groupMetadata(): GroupMetadata;
  /**
   * True while this member has asked to join and has not taken the answer in: the group may have begun its next generation,
   * and would refuse what is committed in this one. Put commits off for a while.
   */
  readonly joining: boolean;
  /**
   * For who has sent offsets in a transaction as `sender`, and had them refused: what `commit` would have thrown, with the
   * same effect. A member that is lost knows it from now on, and does not wait for its next heartbeat.
   */
  offsetsRefused(error: unknown, sender: GroupMetadata): unknown;
  assignment(): readonly TopicPartition[];
  /** Records between position and end, as of the last fetch; undefined when not known yet. */
  lag(partition: TopicPartition): number | undefined;
  enforceRebalance(reason: string): void;
  /** Ends a poll in progress (or the next one) at once. */
  wakeup(): void;
  close(options?: { leave?: boolean }): Promise<void>;
}

export interface ManualConsumer extends Positions {
  /** Replaces the set; partitions that stay keep running where they are. */
  assign(positions: OffsetMap): void;
  /** Errors of a partition (such as an offset out of range) are thrown, typed. */
  poll(maxWaitMs: number): Promise<readonly FetchedPartition[]>;
  wakeup(): void;
  close(): Promise<void>;
}
