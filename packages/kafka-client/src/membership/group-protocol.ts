import type { GroupMetadata, MemberAssignment, MemberSubscription } from "../port/consumer.js";

/** What a member says about itself. */
export type SubscriptionDetails = Omit<MemberSubscription, "memberId" | "instanceId">;

/** What a member sends to join. An empty `memberId` asks for a new one. */
export interface JoinRequest {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly assignorName: string;
  /** Of the assignor: whether what is owned is kept while joining. */
  readonly protocol: "eager" | "cooperative";
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly subscription: SubscriptionDetails;
  /** Told that the group rebalances, or has dropped the member: a heartbeat would say the same, later. May never be called. */
  readonly onRebalance: () => void;
  /** Told the id the group has given, before the round is through. May never be called. */
  readonly onMemberId: (memberId: string) => void;
}

/** What joining gives: `members` on the leader only, null elsewhere (and when the old assignment still holds). */
export interface JoinResult {
  readonly memberId: string;
  readonly generation: number;
  readonly members: readonly MemberSubscription[] | null;
}

/**
 * The group as its members see it, be it in this process or behind requests. All of it rejects with typed errors:
 * RebalanceInProgressError (join again), MemberLostError (the group has gone on), InstanceFencedError, RetriableError
 * (the coordinator cannot be reached or is moving), and others that end the membership.
 */
export interface GroupProtocol {
  /** Waits until every member has joined, or has run out of time. */
  join(request: JoinRequest): Promise<JoinResult>;
  /** Waits for the leader's assignments; the leader passes them. */
  sync(
    member: GroupMetadata,
    assignorName: string,
    assignments: ReadonlyMap<string, MemberAssignment> | null,
  ): Promise<MemberAssignment>;
  /** Keeps the member alive. True: the group rebalances, join again. */
  heartbeat(member: GroupMetadata): Promise<boolean>;
  /**
   * Tells the group that the member goes. A member that is not known is no error; no member id at all stands for the one that
   * a join in flight has asked for.
   */
  leave(member: GroupMetadata): Promise<void>;
}
