import type { Environment, Timer } from "@millrace/kernel";
import type { GroupConsumerConfig, GroupMetadata, MemberAssignment } from "../port/consumer.js";
import {
  GenerationOverError,
  InstanceFencedError,
  MemberLostError,
  RebalanceInProgressError,
  RetriableError,
} from "../port/errors.js";
import type { TopicPartition } from "../port/topic-partition.js";
import type { GroupProtocol, JoinRequest, JoinResult, SubscriptionDetails } from "./group-protocol.js";
import { subscribedTopics, topicsSignature, type Subscription } from "./subscription.js";
import type { TopicDirectory } from "./topic-directory.js";

const SESSION_TIMEOUT_MS = 45_000;
const HEARTBEAT_INTERVAL_MS = 3_000;
const MAX_POLL_INTERVAL_MS = 300_000;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1_000;

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
  readonly #protocol: GroupProtocol;
  readonly #directory: TopicDirectory;
  readonly #config: GroupConsumerConfig;
  readonly #environment: Environment;
  readonly #onNews: () => void;
  #metadata: GroupMetadata;
  /** "" asks the group for a new one, while `metadata` still says what the group has forgotten. */
  #memberId = "";
  /** What made it lose its place says that the group does not know its id either. */
  #idOver = false;
  /** It has lost its place, and has not joined since: it has nothing to say as a member. */
  #out = false;
  #subscription: Subscription | null = null;
  #joining = false;
  #joinedSignature: string | null = null;
  #heart: Timer | null = null;
  /** As whom a heartbeat is on its way. */
  #beating: GroupMetadata | null = null;
  #lastContactMs = 0;
  #retry: Timer | null = null;
  #retryMs = RETRY_MS_MIN;
  #polling = false;
  #lastPollMs = 0;
  #closed = false;
  #leaving = false;
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
    { protocol, directory }: { protocol: GroupProtocol; directory: TopicDirectory },
    config: GroupConsumerConfig,
    environment: Environment,
    onNews: () => void,
  ) {
    this.#protocol = protocol;
    this.#directory = directory;
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

  /** Once lost, still what it was: nobody may take this member for one that never joined, and accept its offsets. */
  get metadata(): GroupMetadata {
    return this.#metadata;
  }

  /** A round is under way in the background. */
  get joining(): boolean {
    return this.#joining;
  }

  /** True when `poll` must run callbacks or join. */
  get due(): boolean {
    return this.lost || this.round !== null || this.failure !== null || (this.joinDue && !this.#joining);
  }

  /** True when a round can be started now. */
  get canJoin(): boolean {
    return this.joinDue && !this.#joining && !this.lost && this.#retry === null && this.#directory.known;
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
    if (subscription === null || this.#closed) return;
    if (this.#joinedSignature === null) return this.#onNews();
    const names = subscribedTopics(subscription, this.#directory);
    if (topicsSignature(names, this.#directory) !== this.#joinedSignature) this.requestJoin();
  }

  /** Starts a round in the background, telling the group what this member owns. */
  startJoin(ownedPartitions: readonly TopicPartition[]): void {
    const subscription = this.#subscription;
    if (subscription === null) return;
    const topics = subscribedTopics(subscription, this.#directory);
    const userData = subscription.assignor.subscriptionUserData(topics);
    this.#joinedSignature = topicsSignature(topics, this.#directory);
    this.joinDue = false;
    this.#joining = true;
    void this.#join(subscription, { topics, ownedPartitions, userData }).finally(() => {
      this.#joining = false;
      this.#onNews();
    });
  }

  /**
   * The member is out. The next join asks for a new member id, unless the group may know the old one still: then it would
   * wait a session long for who does not come back under it, and hold up everybody.
   */
  forgetMember(): void {
    this.lost = false;
    this.round = null;
    if (this.#idOver) this.#memberId = "";
    this.#idOver = false;
    this.#out = true;
    // Another object: what is still under way for the former member tells by it that it comes too late.
    this.#metadata = { ...this.#metadata };
    this.#heart?.cancel();
    this.#heart = null;
    this.joinDue = this.#subscription !== null;
  }

  /** `poll` throws `error` before it does anything else. */
  fail(error: Error): void {
    this.failure = error;
    this.#onNews();
  }

  /** What a commit refused with `error` means for its caller, when it was sent as `sender`. */
  commitFailure(error: unknown, sender: GroupMetadata): unknown {
    if (!(error instanceof MemberLostError) || this.lost) return error;
    const moving = this.joinDue || this.#joining || this.round !== null || sender !== this.#metadata;
    if (!moving) {
      this.#lose(error);
      return error;
    }
    return new RebalanceInProgressError(`Group ${sender.groupId} is rebalancing. Poll, then commit again.`, {
      cause: error,
    });
  }

  /** Resolves when the group has been told, if it is to be told. */
  async close(leave: boolean): Promise<void> {
    this.#closed = true;
    this.#heart?.cancel();
    this.#retry?.cancel();
    this.#leaving = leave;
    await this.#leaveWhenAsked();
  }

  async #join(subscription: Subscription, details: SubscriptionDetails): Promise<void> {
    try {
      const result = await this.#protocol.join(this.#request(subscription, details));
      this.#memberId = result.memberId;
      this.#out = false;
      this.#metadata = { ...this.#metadata, memberId: result.memberId, generation: result.generation };
      if (this.#closed) return await this.#leaveWhenAsked();
      this.#contacted();
      this.#heart ??= this.#armHeart();
      await this.#sync(subscription, result.members);
    } catch (error) {
      // Nobody there to be lost: the group is not what it was a moment ago, so ask it again.
      if (error instanceof MemberLostError && this.#memberId === "") this.#retryLater(error);
      else this.#notice(error);
    }
  }

  async #sync({ assignor }: Subscription, members: JoinResult["members"]): Promise<void> {
    const metadata = this.#metadata;
    let assignments: ReadonlyMap<string, MemberAssignment> | null = null;
    if (members !== null) {
      const names = new Set(members.flatMap((member) => member.topics));
      assignments = await assignor.assign(await this.#directory.view(names), members);
    }
    const assignment = await this.#protocol.sync(metadata, assignor.name, assignments);
    // Lost while it waited: what it was given is not its own any more.
    if (this.lost || metadata !== this.#metadata) return;
    this.#contacted();
    this.round = { assignment, metadata };
  }

  #request({ assignor }: Subscription, subscription: SubscriptionDetails): JoinRequest {
    const { clientId, groupInstanceId, sessionTimeoutMs, maxPollIntervalMs } = this.#config;
    return {
      memberId: this.#memberId,
      instanceId: groupInstanceId ?? null,
      clientId: clientId ?? groupInstanceId ?? "consumer",
      assignorName: assignor.name,
      protocol: assignor.protocol,
      sessionTimeoutMs: sessionTimeoutMs ?? SESSION_TIMEOUT_MS,
      rebalanceTimeoutMs: maxPollIntervalMs ?? MAX_POLL_INTERVAL_MS,
      subscription,
      onRebalance: () => this.requestHeartbeat(),
      onMemberId: (memberId) => {
        this.#memberId = memberId;
      },
    };
  }

  /** The group has news: ask for them as a heartbeat would, at once. */
  requestHeartbeat(): void {
    void this.#beat();
  }

  async #beat(): Promise<void> {
    if (this.#closed || this.lost || this.#out || this.#memberId === "") return;
    const metadata = this.#metadata;
    if (this.#beating === metadata) return this.#loseWhenSilent();
    this.#beating = metadata;
    try {
      const rebalancing = await this.#protocol.heartbeat(metadata);
      this.#contacted();
      if (rebalancing && metadata === this.#metadata) this.requestJoin();
    } catch (error) {
      // An answer to what this member was before says nothing of what it is now.
      if (metadata === this.#metadata) this.#noticeHeartbeat(error);
    } finally {
      if (this.#beating === metadata) this.#beating = null;
    }
    this.#onNews();
  }

  #noticeHeartbeat(error: unknown): void {
    if (!(error instanceof RetriableError)) return this.#notice(error);
    this.#environment.logger.info("A heartbeat did not get through and is tried again.", { error });
    this.#loseWhenSilent();
  }

  #notice(error: unknown): void {
    if (this.#closed) return;
    if (error instanceof RebalanceInProgressError) this.joinDue = true;
    else if (error instanceof MemberLostError) this.#lose(error);
    else if (error instanceof RetriableError) this.#retryLater(error);
    else {
      this.failure = error instanceof Error ? error : new Error(String(error));
      this.fenced = error instanceof InstanceFencedError;
      this.joinDue = true;
    }
  }

  /** By an error of the group, or null: by this member's own judgement. */
  #lose(error: MemberLostError | null): void {
    this.lost = true;
    if (!(error instanceof GenerationOverError)) this.#idOver = true;
    this.#onNews();
  }

  #retryLater(error: Error): void {
    if (this.#closed) return;
    const { groupId } = this.#config;
    this.#environment.logger.warn("Joining the group failed and is tried again.", { groupId, error });
    this.joinDue = true;
    this.#loseWhenSilent();
    this.#retry ??= this.#environment.scheduler.after(this.#retryMs, () => {
      this.#retry = null;
      this.#onNews();
    });
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }

  #contacted(): void {
    this.#lastContactMs = this.#environment.clock.monotonicMs();
    this.#retryMs = RETRY_MS_MIN;
  }

  /** A coordinator that has heard nothing for a session has given the partitions away, though it cannot say so. */
  #loseWhenSilent(): void {
    if (this.lost || this.#memberId === "" || this.#metadata.generation < 0) return;
    const silentMs = this.#environment.clock.monotonicMs() - this.#lastContactMs;
    if (silentMs <= (this.#config.sessionTimeoutMs ?? SESSION_TIMEOUT_MS)) return;
    this.#environment.logger.warn("The coordinator was silent for a session: this member counts as lost.", {
      groupId: this.#config.groupId,
      silentMs,
    });
    this.#lose(null);
  }

  #armHeart(): Timer {
    const intervalMs = this.#config.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS;
    return this.#environment.scheduler.after(intervalMs, () => {
      this.#heart = null;
      if (this.#closed || this.lost || this.#memberId === "") return;
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
    void this.#leave();
    this.#lose(null);
  }

  async #leaveWhenAsked(): Promise<void> {
    if (this.#leaving) await this.#leave();
  }

  async #leave(): Promise<void> {
    if (this.#memberId === "" && !this.#joining) return;
    try {
      await this.#protocol.leave({ ...this.#metadata, memberId: this.#memberId });
    } catch (error) {
      // The session time-out tells the group in the end.
      this.#environment.logger.info("The group could not be told that a member left.", { error });
    }
  }
}
