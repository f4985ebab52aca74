import type { Environment, Timer } from "@millrace/kernel";
import type { JoinRequest, JoinResult } from "../../membership/group-protocol.js";
import type { MemberAssignment, MemberSubscription } from "../../port/consumer.js";
import {
  GenerationOverError,
  GroupProtocolError,
  InstanceFencedError,
  MemberLostError,
  RebalanceInProgressError,
} from "../../port/errors.js";
import { emptyAssignment, GroupMember, sameSubscription, sameTopics } from "./group-member.js";
import { GroupOffsets } from "./group-offsets.js";

export type GroupState = "Empty" | "PreparingRebalance" | "CompletingRebalance" | "Stable";

/** Who commits offsets: -1 and "" for somebody who is no member. */
export interface Committer {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly generation: number;
}

/**
 * One consumer group, by the rules of Kafka's classic protocol: members join, the leader hands out assignments, each
 * round is a new generation.
 *
 *     Empty -> PreparingRebalance (wait for all to join) -> CompletingRebalance (wait for the leader) -> Stable
 */
export class Group {
  readonly id: string;
  readonly offsets = new GroupOffsets();
  readonly members = new Map<string, GroupMember>();
  readonly #environment: Environment;
  readonly #initialDelayMs: number;
  #state: GroupState = "Empty";
  #generation = 0;
  #leaderId: string | null = null;
  #barrier: Timer | null = null;
  /** The first round of an empty group waits out the initial delay, whoever has joined. */
  #gathering = false;

  constructor(id: string, environment: Environment, initialDelayMs: number) {
    this.id = id;
    this.#environment = environment;
    this.#initialDelayMs = initialDelayMs;
  }

  get state(): GroupState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The assignor the members agree on; "" when there is none. */
  get assignorName(): string {
    for (const member of this.members.values()) return member.request.assignorName;
    return "";
  }

  /** Waits until every member has joined (or has run out of time). */
  async join(request: JoinRequest): Promise<JoinResult> {
    this.#requireSameAssignor(request);
    const known = this.members.size;
    const member = this.#admit(request);
    const holds = this.members.size === known && this.#assignmentHolds(member, request);
    member.request = request;
    this.#touch(member);
    if (holds) return { memberId: member.id, generation: this.#generation, members: null };
    const joined = member.startJoin();
    if (this.#state !== "PreparingRebalance") this.#prepare();
    else this.#completeWhenAllJoined();
    return joined.promise;
  }

  /** Waits for the leader's assignments; the leader passes them. */
  async sync(
    memberId: string,
    generation: number,
    assignments: ReadonlyMap<string, MemberAssignment> | null,
  ): Promise<MemberAssignment> {
    const member = this.#require(memberId, null, generation);
    this.#touch(member);
    if (this.#state === "Stable") return member.assignment;
    if (this.#state !== "CompletingRebalance") throw rebalancing(this.id);
    const synced = member.startSync();
    if (assignments !== null && memberId === this.#leaderId) this.#distribute(assignments);
    return synced.promise;
  }

  /** Keeps the member alive. True: the group rebalances, join again. */
  heartbeat(memberId: string, instanceId: string | null, generation: number): boolean {
    const member = this.#require(memberId, instanceId, generation);
    this.#touch(member);
    return this.#state === "PreparingRebalance" && member.joining === null;
  }

  leave(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) this.#remove(member, `Member ${memberId} has left group ${this.id}.`);
  }

  /** Throws unless `committer` may commit now: a member of the present generation, or anybody while the group is empty. */
  checkCommit(committer: Committer, transactional: boolean): void {
    const anonymous = committer.generation < 0 && committer.memberId === "" && committer.instanceId === null;
    if (anonymous && (transactional || this.#state === "Empty")) return;
    this.#require(committer.memberId, committer.instanceId, committer.generation);
    if (!transactional && this.#state === "CompletingRebalance") throw rebalancing(this.id);
  }

  #requireSameAssignor(request: JoinRequest): void {
    for (const member of this.members.values()) {
      if (member.id === request.memberId || member.request.assignorName === request.assignorName) continue;
      throw new GroupProtocolError(
        `Group ${this.id} assigns by "${member.request.assignorName}", this member by "${request.assignorName}". Use one assignor for all members of a group.`,
      );
    }
  }

  /** Nobody need move: a follower says nothing new, or a static member is back with the same topics. */
  #assignmentHolds(member: GroupMember, request: JoinRequest): boolean {
    if (this.#state !== "Stable") return false;
    if (request.memberId === "") return sameTopics(member.request, request);
    return member.id !== this.#leaderId && sameSubscription(member.request, request);
  }

  #admit(request: JoinRequest): GroupMember {
    if (request.memberId !== "") {
      return this.#require(request.memberId, request.instanceId, null);
    }
    const member = new GroupMember(`${request.clientId}-${this.#environment.randomness.uuid()}`, request);
    const former = request.instanceId === null ? undefined : this.#byInstance(request.instanceId);
    this.members.set(member.id, member);
    if (former !== undefined) this.#replace(former, member);
    this.#armSession(member);
    return member;
  }

  #byInstance(instanceId: string): GroupMember | undefined {
    for (const member of this.members.values()) if (member.request.instanceId === instanceId) return member;
    return undefined;
  }

  /** A static member has come back under a new member id: the old one is fenced, its assignment stays. */
  #replace(former: GroupMember, member: GroupMember): void {
    this.members.delete(former.id);
    former.session?.cancel();
    former.fail(fenced(this.id, former));
    member.assignment = former.assignment;
    member.request = former.request;
    if (this.#leaderId === former.id) this.#leaderId = member.id;
    former.request.onRebalance();
  }

  #require(memberId: string, instanceId: string | null, generation: number | null): GroupMember {
    const member = this.members.get(memberId);
    if (member === undefined) {
      const successor = instanceId === null ? undefined : this.#byInstance(instanceId);
      if (successor !== undefined) throw fenced(this.id, successor);
      throw new MemberLostError(
        `"${memberId}" is no member of group ${this.id} any more: it left, or its session ran out. Give up its partitions and join again.`,
      );
    }
    if (generation !== null && generation !== this.#generation) {
      throw new GenerationOverError(
        `Group ${this.id} is at generation ${this.#generation}, not ${generation}. Poll to learn what this member still owns.`,
      );
    }
    return member;
  }

  #prepare(): void {
    const first = this.#state === "Empty";
    this.#gathering = first;
    this.#state = "PreparingRebalance";
    let longestMs = 0;
    for (const member of this.members.values()) {
      longestMs = Math.max(longestMs, member.request.rebalanceTimeoutMs);
      member.syncing?.reject(rebalancing(this.id));
      member.syncing = null;
    }
    this.#raiseBarrier(first ? this.#initialDelayMs : longestMs, () => this.#complete());
    if (first) return;
    for (const member of [...this.members.values()]) if (member.joining === null) member.request.onRebalance();
    this.#completeWhenAllJoined();
  }

  #completeWhenAllJoined(): void {
    if (this.#gathering) return;
    for (const member of this.members.values()) if (member.joining === null) return;
    this.#complete();
  }

  #complete(): void {
    if (this.#state !== "PreparingRebalance") return;
    this.#gathering = false;
    this.#barrier?.cancel();
    this.#barrier = null;
    for (const member of [...this.members.values()]) {
      if (member.joining === null && member.request.instanceId === null)
        this.#forget(member, "It did not join in time.");
    }
    this.#generation++;
    this.#state = this.members.size === 0 ? "Empty" : "CompletingRebalance";
    if (this.members.size === 0) return;
    this.#electLeader();
    let longestMs = 0;
    const subscriptions = this.#subscriptions();
    for (const member of this.members.values()) {
      longestMs = Math.max(longestMs, member.request.rebalanceTimeoutMs);
      this.#touch(member);
      const members = member.id === this.#leaderId ? subscriptions : null;
      member.finishJoin({ memberId: member.id, generation: this.#generation, members });
    }
    this.#raiseBarrier(longestMs, () => this.#dropUnsynced());
  }

  #electLeader(): void {
    const leader = this.#leaderId === null ? undefined : this.members.get(this.#leaderId);
    if (leader !== undefined && leader.joining !== null) return;
    this.#leaderId = null;
    for (const member of this.members.values()) if (member.joining !== null) this.#leaderId ??= member.id;
  }

  #subscriptions(): readonly MemberSubscription[] {
    return [...this.members.values()].map((member) => member.subscription());
  }

  #distribute(assignments: ReadonlyMap<string, MemberAssignment>): void {
    this.#barrier?.cancel();
    this.#barrier = null;
    this.#state = "Stable";
    for (const member of this.members.values()) {
      member.assignment = assignments.get(member.id) ?? emptyAssignment;
      member.finishSync();
    }
  }

  /** The leader (or another) went silent between joining and syncing. */
  #dropUnsynced(): void {
    for (const member of [...this.members.values()]) {
      if (member.syncing === null) this.#forget(member, "It did not sync in time.");
    }
    this.#prepare();
  }

  #raiseBarrier(delayMs: number, fall: () => void): void {
    this.#barrier?.cancel();
    this.#barrier = this.#environment.scheduler.after(delayMs, () => {
      this.#barrier = null;
      fall();
    });
  }

  #touch(member: GroupMember): void {
    member.lastSeenMs = this.#environment.clock.monotonicMs();
  }

  #armSession(member: GroupMember, delayMs = member.request.sessionTimeoutMs): void {
    member.session = this.#environment.scheduler.after(delayMs, () => {
      if (!this.members.has(member.id)) return;
      const silentMs = this.#environment.clock.monotonicMs() - member.lastSeenMs;
      const leftMs = member.request.sessionTimeoutMs - silentMs;
      if (member.joining !== null || leftMs > 0) this.#armSession(member, leftMs > 0 ? leftMs : undefined);
      else this.#remove(member, `The session of ${member.id} in group ${this.id} ran out after ${silentMs} ms.`);
    });
  }

  #remove(member: GroupMember, why: string): void {
    this.#forget(member, why);
    if (this.#state === "PreparingRebalance") this.#completeWhenAllJoined();
    else this.#prepare();
  }

  #forget(member: GroupMember, why: string): void {
    this.members.delete(member.id);
    member.session?.cancel();
    if (this.#leaderId === member.id) this.#leaderId = null;
    member.fail(new MemberLostError(`${why} Give up its partitions and join again.`));
    member.request.onRebalance();
  }
}

function rebalancing(groupId: string): RebalanceInProgressError {
  return new RebalanceInProgressError(`Group ${groupId} is rebalancing. Poll, then try again with the new generation.`);
}

function fenced(groupId: string, member: GroupMember): InstanceFencedError {
  return new InstanceFencedError(
    `Another consumer has joined group ${groupId} as instance "${member.request.instanceId}". Close this one, or give it an instance id of its own.`,
  );
}
