import type { GroupProtocol, JoinRequest, JoinResult } from "../../membership/group-protocol.js";
import type { GroupMetadata, MemberAssignment } from "../../port/consumer.js";
import type { Group } from "./group.js";

/** A group of this process, as its members see it. */
export class GroupDoor implements GroupProtocol {
  readonly #group: Group;

  constructor(group: Group) {
    this.#group = group;
  }

  join(request: JoinRequest): Promise<JoinResult> {
    return this.#group.join(request);
  }

  sync(
    member: GroupMetadata,
    _assignorName: string,
    assignments: ReadonlyMap<string, MemberAssignment> | null,
  ): Promise<MemberAssignment> {
    return this.#group.sync(member.memberId, member.generation, assignments);
  }

  async heartbeat({ memberId, instanceId, generation }: GroupMetadata): Promise<boolean> {
    return this.#group.heartbeat(memberId, instanceId, generation);
  }

  async leave({ memberId }: GroupMetadata): Promise<void> {
    this.#group.leave(memberId);
  }
}
