import type { GroupDescription, GroupListing } from "../../port/admin.js";
import type { OffsetAndMetadata } from "../../port/consumer.js";
import { FatalClientError } from "../../port/errors.js";
import type { OffsetMap, TopicPartition, TpMap } from "../../port/topic-partition.js";
import { ErrorCode, errorOfCode } from "../../protocol/error-codes.js";
import { deleteGroupRequest } from "../../protocol/requests/delete-groups.js";
import { describeConsumerGroupRequest } from "../../protocol/requests/describe-consumer-group.js";
import { describeGroupRequest, type DescribeGroupResponse } from "../../protocol/requests/describe-groups.js";
import { listGroupsRequest, type ListGroupsResponse } from "../../protocol/requests/list-groups.js";
import { metadataRequest } from "../../protocol/requests/metadata.js";
import type { NamedOutcome } from "../../protocol/requests/named-outcome.js";
import { offsetCommitRequest } from "../../protocol/requests/offset-commit.js";
import { offsetFetchRequest } from "../../protocol/requests/offset-fetch.js";
import type { Request } from "../../protocol/requests/request.js";
import { Coordinator } from "../group/coordinator.js";
import type { ConnectionSettings } from "../kafka-options.js";
import { RequestVersionError } from "../transport/required-versions.js";
import type { NodeId, Transport } from "../transport/transport.js";
import { withinApiTime } from "./api-time.js";
import { RepeatedRequest } from "./repeated-request.js";

const DEAD = "Dead";
const NOBODY = { generation: -1, memberId: "", instanceId: null };
/** Kafka 3.x speaks the request about groups by KIP-848 and, unless they are enabled there, refuses its version. */
const ABSENT: ReadonlySet<number> = new Set([ErrorCode.GROUP_ID_NOT_FOUND, ErrorCode.UNSUPPORTED_VERSION]);
const IN_USE: ReadonlySet<number> = new Set([
  ErrorCode.NON_EMPTY_GROUP,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.REBALANCE_IN_PROGRESS,
]);

/** What is asked and changed about groups. Whatever may pass is tried again for `apiTimeoutMs`. */
export class GroupAdmin {
  readonly #transport: Transport;
  readonly #settings: ConnectionSettings;

  constructor(transport: Transport, settings: ConnectionSettings) {
    this.#transport = transport;
    this.#settings = settings;
  }

  async offsets(groupId: string): Promise<TpMap<OffsetAndMetadata>> {
    const request = offsetFetchRequest(groupId, null, false);
    const what = `Reading the offsets of group ${groupId}`;
    const { offsets } = await this.#atCoordinator(groupId, request, ({ errorCode }) => errorCode, what);
    const committed = new Map<TopicPartition, OffsetAndMetadata>();
    for (const [partition, offset] of offsets) if (offset !== null) committed.set(partition, offset);
    return committed;
  }

  async alterOffsets(groupId: string, offsets: OffsetMap): Promise<void> {
    if (offsets.size === 0) return;
    const committed = new Map([...offsets].map(([partition, offset]) => [partition, { offset }] as const));
    const request = offsetCommitRequest({ groupId, ...NOBODY }, committed);
    const codeOf = (codes: TpMap<number>): number => {
      const code = [...codes.values()].find((each) => each !== ErrorCode.NONE) ?? ErrorCode.NONE;
      if (IN_USE.has(code)) throw inUse(groupId);
      return code;
    };
    await this.#atCoordinator(groupId, request, codeOf, `Changing the offsets of group ${groupId}`);
  }

  async list(): Promise<GroupListing[]> {
    const { brokers } = await this.#persist(async () =>
      this.#transport.send(await this.#transport.anyNode(), metadataRequest([])),
    );
    const lists = await Promise.all(brokers.map(({ nodeId }) => this.#listAt(nodeId)));
    return lists.flat();
  }

  describe(groupIds: readonly string[]): Promise<GroupDescription[]> {
    return Promise.all(groupIds.map((groupId) => this.#describe(groupId)));
  }

  async delete(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) {
      const deletion = new RepeatedRequest(deleteGroupRequest(groupId));
      const codeOf = ([outcome]: readonly NamedOutcome[]): number => {
        const code = outcome?.errorCode ?? ErrorCode.NONE;
        const done = code === ErrorCode.GROUP_ID_NOT_FOUND && deletion.sentBefore;
        return done ? ErrorCode.NONE : deletionCode(groupId, code);
      };
      await this.#atCoordinator(groupId, deletion.request, codeOf, `Deleting group ${groupId}`);
    }
  }

  /** Brokers describe a group of another type as one that is not there; old ones have classic groups alone. */
  async #describe(groupId: string): Promise<GroupDescription> {
    const classic = await this.#ask(groupId, describeGroupRequest(groupId));
    if (classic !== null && classic.state !== DEAD) return classic;
    const newer = await whereSpoken(async () => {
      const consumers = await this.#ask(groupId, describeConsumerGroupRequest(groupId));
      return consumers ?? (await this.#otherType(groupId));
    });
    return newer ?? { groupId, state: DEAD, type: "classic", protocol: "", members: [] };
  }

  /** Null for a group that is not there, or not of the type asked for. */
  async #ask(groupId: string, request: Request<DescribeGroupResponse>): Promise<GroupDescription | null> {
    const codeOf = ({ errorCode }: DescribeGroupResponse): number =>
      ABSENT.has(errorCode) ? ErrorCode.NONE : errorCode;
    const { errorCode, group } = await this.#atCoordinator(groupId, request, codeOf, `Describing group ${groupId}`);
    return errorCode === ErrorCode.NONE ? group : null;
  }

  /** What the list says of a group that no description is asked of. */
  async #otherType(groupId: string): Promise<GroupDescription | null> {
    const codeOf = ({ errorCode }: ListGroupsResponse): number => errorCode;
    const what = `Describing group ${groupId}`;
    const { groups } = await this.#atCoordinator(groupId, listGroupsRequest(5), codeOf, what);
    const listed = groups.find((group) => group.groupId === groupId);
    return listed === undefined ? null : { ...listed, protocol: "", members: [] };
  }

  #listAt(node: NodeId): Promise<readonly GroupListing[]> {
    return this.#persist(async () => {
      const list = (version: 4 | 5) => this.#transport.send(node, listGroupsRequest(version));
      const { errorCode, groups } = (await whereSpoken(() => list(5))) ?? (await list(4));
      if (errorCode !== ErrorCode.NONE) throw errorOfCode(errorCode, "Listing groups");
      return groups;
    });
  }

  #atCoordinator<T>(groupId: string, request: Request<T>, codeOf: (answer: T) => number, what: string): Promise<T> {
    const coordinator = new Coordinator(this.#transport, groupId);
    return this.#persist(() => coordinator.call(request, codeOf, what));
  }

  #persist<T>(attempt: () => Promise<T>): Promise<T> {
    return withinApiTime(this.#transport, this.#settings, attempt);
  }
}

/** Null where the brokers are too old for what is asked. */
async function whereSpoken<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof RequestVersionError) return null;
    throw error;
  }
}

function deletionCode(groupId: string, code: number): number {
  if (IN_USE.has(code)) throw inUse(groupId);
  if (code === ErrorCode.GROUP_ID_NOT_FOUND) {
    throw new FatalClientError(`There is no group ${groupId}. List the groups to see their names.`);
  }
  return code;
}

function inUse(groupId: string): FatalClientError {
  return new FatalClientError(`Group ${groupId} has members. Stop them first, then try again.`);
}
