import type { Environment, Timer } from "@millrace/kernel";
import type { GroupConsumerConfig, GroupMetadata, MemberAssignment, MemberSubscription } from "../../port/consumer.js";
import { InstanceFencedError, MemberLostError, RebalanceInProgressError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import type { Group } from "../group/group.js";
import type { JoinRequest } from "../group/group-member.js";
import type { Topics } from "../topics.js";
import { subscribedTopics, topicsSignature, type Subscription } from "./subscription.js";

const SESSION_TIMEOUT_MS = 45_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
const MAX_POLL_INTERVAL_MS = 300_000;

/** A round of joining that is through: `poll` must take it in. */
export interface JoinedRound {
  readonly assignment: MemberAssignment;
  readonly metadata: GroupMetadata;
}

/**
 * The member side of a group: joins and syncs in the background, heartbeats by timer, notices what `poll` has to
 * react to. Calls nobody back but `onNews`; callbacks of the user run in `poll`.
 */
export class Membership {
  readonly #group: Group;
  readonly #topics: Topics;
  readonly #config: GroupConsumerConfig;
  readonly #environment: Environment;
  readonly #onNews: () => void;
  #metadata: GroupMetadata;
  #subscription: Subscription | null = null;
  #joining = false;
  #joinedSignature: string | null = null;
  #heart: Timer | null = null;
  #polling = false;
  #lastPollMs = 0;
  #closed = false;
  /** A join is wanted: first subscription, rebalance, changed topics, or the user's wish. */
  joinDue = false;
  /** The group has gone on without this member. */
  lost = false;
  /** Another member has taken this one's instance id. */
  fenced = false;
  /** What ended the last attempt to join, other than a rebalance. */
  failure: Error | null = null;
  round: JoinedRound | null = null;

  constructor(
    { group, topics }: { group: Group; topics: Topics },
    config: GroupConsumerConfig,
    environment: Environment,
    onNews: () => void,
  ) {
    this.#group = group;
    this.#topics = topics;
    this.#config = config;
    this.#environment = environment;
    this.#onNews = onNews;
    this.#metadata = {
      groupId: config.groupId,
      generation: -1,
      memberId: "",
      instanceId: config.groupInstanceId ?? null,
    };
  }

  get metadata(): GroupMetadata {
    return this.#metadata;
  }

  get joining(): boolean {
    return this.#joining;
  }

  /** True when `poll` must run callbacks or join. */
  get due(): boolean {
    return this.lost || this.round !== null || this.failure !== null || (this.joinDue && !this.#joining);
  }

  subscribe(subscription: Subscription): void {
    this.#subscription = subscription;
    this.joinDue = true;
    this.#onNews();
  }

  requestJoin(): void {
    if (this.#subscription === null || this.#closed) return;
    this.joinDue = true;
    this.#onNews();
  }

  pollStarted(): void {
    this.#polling = true;
    this.#lastPollMs = this.#environment.clock.monotonicMs();
  }

  pollEnded(): void {
    this.#polling = false;
    this.#lastPollMs = this.#environment.clock.monotonicMs();
  }

  /** Topics came, went or grew. */
  topicsChanged(): void {
    const subscription = this.#subscription;
    if (subscription === null || this.#joinedSignature === null) return;
    const names = subscribedTopics(subscription, this.#topics);
    if (topicsSignature(names, this.#topics) !== this.#joinedSignature) this.requestJoin();
  }

  /** Starts a round in the background, telling the group what this member owns. */
  startJoin(ownedPartitions: readonly TopicPartition[]): void {
    const subscription = this.#subscription;
    if (subscription === null) return;
    const topics = subscribedTopics(subscription, this.#topics);
    const userData = subscription.assignor.subscriptionUserData(topics);
    this.#joinedSignature = topicsSignature(topics, this.#topics);
    this.joinDue = false;
    this.#joining = true;
    void this.#join(subscription, { topics, ownedPartitions, userData }).finally(() => {
      this.#joining = false;
      this.#onNews();
    });
  }

  /** The member is out: the next join asks for a new member id. */
  forgetMember(): void {
    this.lost = false;
    this.round = null;
    this.#heart?.cancel();
    this.#heart = null;
    this.#metadata = { ...this.#metadata, generation: -1, memberId: "" };
    this.joinDue = this.#subscription !== null;
  }

  close(leave: boolean): void {
    this.#closed = true;
    this.#heart?.cancel();
    if (leave && this.#metadata.memberId !== "") this.#group.leave(this.#metadata.memberId);
  }

  async #join(
    subscription: Subscription,
    described: Omit<MemberSubscription, "memberId" | "instanceId">,
  ): Promise<void> {
    try {
      const result = await this.#group.join(this.#request(subscription, described));
      if (this.#closed) return this.#group.leave(result.memberId);
      this.#metadata = { ...this.#metadata, memberId: result.memberId, generation: result.generation };
      this.#heart ??= this.#armHeart();
      let assignments: ReadonlyMap<string, MemberAssignment> | null = null;
      if (result.members !== null) {
        const names = new Set(result.members.flatMap((member) => member.topics));
        assignments = await subscription.assignor.assign(this.#topics.view(names), result.members);
      }
      const assignment = await this.#group.sync(result.memberId, result.generation, assignments);
      this.round = { assignment, metadata: this.#metadata };
    } catch (error) {
      this.#notice(error);
    }
  }

  #request(subscription: Subscription, described: Omit<MemberSubscription, "memberId" | "instanceId">): JoinRequest {
    const { clientId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = this.#config;
    return {
      memberId: this.#metadata.memberId,
      instanceId: groupInstanceId ?? null,
      clientId: clientId ?? groupInstanceId ?? "consumer",
      assignorName: subscription.assignor.name,
      sessionTimeoutMs: sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: maxPollIntervalMs ?? MAX_POLL_INTERVAL_MS,
      subscription: described,
      onRebalance: () => this.requestHeartbeat(),
    };
  }

  /** The group has news: ask for them as a heartbeat would, at once. */
  requestHeartbeat(): void {
    if (this.#closed || this.#metadata.memberId === "") return;
    try {
      const { memberId, instanceId, generation } = this.#metadata;
      if (this.#group.heartbeat(memberId, instanceId, generation)) this.requestJoin();
    } catch (error) {
      this.#notice(error);
    }
    this.#onNews();
  }

  #notice(error: unknown): void {
    if (this.#closed) return;
    if (error instanceof RebalanceInProgressError) this.joinDue = true;
    else if (error instanceof MemberLostError) this.lost = true;
    else {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.fenced = error instanceof InstanceFencedError;
      this.joinDue = true;
    }
  }

  #armHeart(): Timer {
    const intervalMs = this.#config.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS;
    return this.#environment.scheduler.after(intervalMs, () => {
      this.#heart = null;
      if (this.#closed || this.lost || this.#metadata.memberId === "") return;
      if (this.#pollOverdue()) this.#leaveIdle();
      else {
        this.requestHeartbeat();
        this.#heart ??= this.#armHeart();
      }
    });
  }

  #pollOverdue(): boolean {
    const limitMs = this.#config.maxPollIntervalMs ?? MAX_POLL_INTERVAL_MS;
    return !this.#polling && this.#environment.clock.monotonicMs() - this.#lastPollMs > limitMs;
  }

  /** A member that does not poll must not block the others. */
  #leaveIdle(): void {
    const { memberId, groupId } = this.#metadata;
    this.#environment.logger.warn(
      "A consumer left its group because poll was not called in time. Process less per poll, or raise maxPollIntervalMs.",
      { groupId, memberId },
    );
    this.lost = true;
    this.#group.leave(memberId);
    this.#onNews();
  }
}
