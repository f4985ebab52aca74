import { Deferred, type Timer } from "@millrace/kernel";
import type { JoinRequest, JoinResult } from "../../membership/group-protocol.js";
import type { MemberAssignment, MemberSubscription } from "../../port/consumer.js";

export const emptyAssignment: MemberAssignment = { partitions: [], userData: null };

/** A member as its group keeps it. */
export class GroupMember {
  readonly id: string;
  request: JoinRequest;
  assignment: MemberAssignment = emptyAssignment;
  joining: Deferred<JoinResult> | null = null;
  syncing: Deferred<MemberAssignment> | null = null;
  lastSeenMs = 0;
  session: Timer | null = null;

  constructor(id: string, request: JoinRequest) {
    this.id = id;
    this.request = request;
  }

  subscription(): MemberSubscription {
    return { ...this.request.subscription, memberId: this.id, instanceId: this.request.instanceId };
  }

  startJoin(): Deferred<JoinResult> {
    this.joining?.reject(new Error("joined again"));
    return (this.joining = new Deferred<JoinResult>());
  }

  startSync(): Deferred<MemberAssignment> {
    return (this.syncing ??= new Deferred<MemberAssignment>());
  }

  finishJoin(result: JoinResult): void {
    this.joining?.resolve(result);
    this.joining = null;
  }

  finishSync(): void {
    this.syncing?.resolve(this.assignment);
    this.syncing = null;
  }

  /** Whatever it waits for will not come. */
  fail(error: Error): void {
    this.joining?.reject(error);
    this.syncing?.reject(error);
    this.joining = null;
    this.syncing = null;
  }
}

/** True when a member says the same about itself as before: the group need not rebalance for it. */
export function sameSubscription(one: JoinRequest, other: JoinRequest): boolean {
  const a = one.subscription;
  const b = other.subscription;
  return (
    one.assignorName === other.assignorName &&
    sameItems(a.topics, b.topics) &&
    sameItems(a.ownedPartitions, b.ownedPartitions) &&
    sameBytes(a.userData, b.userData)
  );
}

export function sameTopics(one: JoinRequest, other: JoinRequest): boolean {
  return one.assignorName === other.assignorName && sameItems(one.subscription.topics, other.subscription.topics);
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  const set = new Set(a);
  return a.length === b.length && b.every((item) => set.has(item));
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return Buffer.compare(a, b) === 0;
}
