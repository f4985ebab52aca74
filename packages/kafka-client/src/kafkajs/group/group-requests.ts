import { timedOut, within, type Environment } from "@millrace/kernel";
import type { GroupProtocol, JoinRequest, JoinResult } from "../../membership/group-protocol.js";
import type { GroupMetadata, MemberAssignment, MemberSubscription } from "../../port/consumer.js";
import { FatalClientError, GroupProtocolError, RebalanceInProgressError, RetriableError } from "../../port/errors.js";
import type { TopicPartition } from "../../port/topic-partition.js";
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "../../protocol/consumer-protocol.js";
import { ErrorCode } from "../../protocol/error-codes.js";
import { heartbeatRequest } from "../../protocol/requests/heartbeat.js";
import { joinGroupRequest, type JoinGroupMember, type JoinGroupResponse } from "../../protocol/requests/join-group.js";
import { leaveGroupRequest } from "../../protocol/requests/leave-group.js";
import { syncGroupRequest } from "../../protocol/requests/sync-group.js";
import { persistently, type Coordinator, type Persistence } from "./coordinator.js";

/** Telling the group that a member goes holds up its closing no longer than this; the session time-out tells it as well. */
const LEAVE_MS = 3_000;
const JOIN_PERSISTENCE_MS = 3_000;

/**
 * A group behind requests to its coordinator, by Kafka's classic protocol. A join and a sync wait at the broker, and so does
 * what comes after them on their socket: `waiting` has it for itself, with the heartbeats; leaving goes another way.
 */
export class GroupRequests implements GroupProtocol {
  readonly #groupId: string;
  readonly #waiting: Coordinator;
  readonly #aside: Coordinator;
  readonly #environment: Environment;
  /** Nothing is sent any more. */
  readonly #signal: AbortSignal;
  #rebalanceTimeoutMs = 0;
  /** A join or a sync waits at the coordinator, which takes that for a sign of life. */
  #parked = false;
  /** The request for a member id, until it is answered. */
  #introduction: Promise<JoinGroupResponse> | null = null;
  #left = false;
  /** In which the partitions that are owned were given. */
  #ownedSince = -1;

  constructor(
    groupId: string,
    { waiting, aside }: { waiting: Coordinator; aside: Coordinator },
    environment: Environment,
    signal: AbortSignal,
  ) {
    this.#groupId = groupId;
    this.#waiting = waiting;
    this.#aside = aside;
    this.#environment = environment;
    this.#signal = signal;
  }

  async join(request: JoinRequest): Promise<JoinResult> {
    this.#rebalanceTimeoutMs = request.rebalanceTimeoutMs;
    const { topics, userData, ownedPartitions } = request.subscription;
    const generation = ownedPartitions.length > 0 ? this.#ownedSince : -1;
    const metadata = encodeSubscription({ topics, userData, ownedPartitions, generation });
    this.#left = false;
    let answer = await this.#introduce(this.#joinPersistently(request, metadata));
    if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      request.onMemberId(answer.memberId);
      if (this.#left) throw new RetriableError(`This member has left group ${this.#groupId}.`);
      answer = await this.#join(request, answer.memberId, metadata);
    }
    const leads = answer.leaderId === answer.memberId;
    return {
      memberId: answer.memberId,
      generation: answer.generation,
      members: leads && answer.members.length > 0 ? readMembers(answer.members) : null,
    };
  }

  async sync(
    member: GroupMetadata,
    _assignorName: string,
    assignments: ReadonlyMap<string, MemberAssignment> | null,
  ): Promise<MemberAssignment> {
    const written = new Map<string, Uint8Array>();
    for (const [memberId, assignment] of assignments ?? []) written.set(memberId, encodeAssignment(assignment));
    const request = syncGroupRequest(member, written, this.#rebalanceTimeoutMs);
    const what = `Syncing with group ${this.#groupId}`;
    const answer = await this.#park(() => this.#waiting.call(request, ({ errorCode }) => errorCode, what));
    this.#ownedSince = member.generation;
    return decodeAssignment(answer.assignment);
  }

  async heartbeat(member: GroupMetadata): Promise<boolean> {
    if (this.#parked) return false;
    try {
      await this.#waiting.call(heartbeatRequest(member), (code) => code, `A heartbeat to group ${this.#groupId}`);
      return false;
    } catch (error) {
      if (error instanceof RebalanceInProgressError) return true;
      throw error;
    }
  }

  async leave(member: GroupMetadata): Promise<void> {
    this.#left = true;
    if ((await within(this.#environment.scheduler, LEAVE_MS, this.#leave(member))) === timedOut)
      throw new RetriableError(`Group ${this.#groupId} could not be told within ${LEAVE_MS} ms that a member left.`);
  }

  async #leave(member: GroupMetadata): Promise<void> {
    const memberId = member.memberId === "" ? await this.#introducedId() : member.memberId;
    if (memberId === "") return;
    const acceptable = (code: number): number => (code === ErrorCode.UNKNOWN_MEMBER_ID ? ErrorCode.NONE : code);
    const what = `Leaving group ${this.#groupId}`;
    const leave = leaveGroupRequest({ ...member, memberId });
    // One that does not hear of it waits a session long, and its other members with it: as when it moves just now.
    await persistently(() => this.#aside.call(leave, acceptable, what), this.#persistence(LEAVE_MS));
  }

  /** The id that is on its way: the group waits for who has asked for one and does not come back. */
  async #introducedId(): Promise<string> {
    try {
      return (await this.#introduction)?.memberId ?? "";
    } catch {
      return "";
    }
  }

  async #introduce(join: Promise<JoinGroupResponse>): Promise<JoinGroupResponse> {
    this.#introduction = join;
    try {
      return await join;
    } finally {
      this.#introduction = null;
    }
  }

  /** A coordinator that is just taking the group over is no reason to begin the round anew. */
  #joinPersistently(request: JoinRequest, metadata: Uint8Array): Promise<JoinGroupResponse> {
    return persistently(() => this.#join(request, request.memberId, metadata), this.#persistence(JOIN_PERSISTENCE_MS));
  }

  #persistence(ms: number): Persistence {
    const environment = this.#environment;
    return { environment, signal: this.#signal, deadlineMs: environment.clock.monotonicMs() + ms };
  }

  #join(request: JoinRequest, memberId: string, metadata: Uint8Array): Promise<JoinGroupResponse> {
    const { sessionTimeoutMs, rebalanceTimeoutMs, instanceId, assignorName } = request;
    const groupId = this.#groupId;
    const join = joinGroupRequest({
      ...{ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, instanceId },
      ...{ protocolName: assignorName, metadata },
    });
    const codeOf = ({ errorCode }: JoinGroupResponse): number => {
      if (errorCode === ErrorCode.MEMBER_ID_REQUIRED && memberId === "") return ErrorCode.NONE;
      refuse(errorCode, request, groupId);
      return errorCode;
    };
    return this.#park(() => this.#waiting.call(join, codeOf, `Joining group ${groupId}`));
  }

  async #park<T>(work: () => Promise<T>): Promise<T> {
    this.#parked = true;
    try {
      return await work();
    } finally {
      this.#parked = false;
    }
  }
}

/** Throws for the codes that name a mistake in the member's settings. */
function refuse(errorCode: number, { assignorName, sessionTimeoutMs }: JoinRequest, groupId: string): void {
  if (errorCode === ErrorCode.INCONSISTENT_GROUP_PROTOCOL) {
    throw new GroupProtocolError(
      `Group ${groupId} does not assign by "${assignorName}" as this member does. Use one assignor for all members of a group.`,
    );
  }
  if (errorCode === ErrorCode.INVALID_SESSION_TIMEOUT) {
    throw new FatalClientError(
      `The brokers do not allow a session time-out of ${sessionTimeoutMs} ms. Choose sessionTimeoutMs between their group.min.session.timeout.ms and group.max.session.timeout.ms.`,
    );
  }
  if (errorCode === ErrorCode.GROUP_MAX_SIZE_REACHED) {
    throw new FatalClientError(`Group ${groupId} is full. Stop another member, or raise the brokers' group.max.size.`);
  }
}

/** A partition that two members call their own belongs to the one that was given it later; the other has not heard yet. */
function readMembers(members: readonly JoinGroupMember[]): MemberSubscription[] {
  const said = members.map(({ memberId, instanceId, metadata }) => ({
    ...{ memberId, instanceId },
    ...decodeSubscription(metadata),
  }));
  const since = new Map<TopicPartition, number>();
  for (const { ownedPartitions, generation } of said) {
    for (const owned of ownedPartitions) since.set(owned, Math.max(generation, since.get(owned) ?? -1));
  }
  return said.map(({ memberId, instanceId, topics, userData, ownedPartitions, generation }) => ({
    ...{ memberId, instanceId, topics, userData },
    ownedPartitions: ownedPartitions.filter((owned) => since.get(owned) === generation),
  }));
}
