import {
  RetriableError,
  type ClusterView,
  type GroupAssignor,
  type GroupMetadata,
  type MemberAssignment,
  type MemberSubscription,
  type TopicPartition,
} from "@millrace/kafka-client";
import { MillraceError, type Environment } from "@millrace/kernel";
import { ApplicationShutdownError, MissingSourceTopicError, TopicsRefusedError } from "./worker-errors.js";

/** What the leader has all members do instead of work (R22). Nothing else is said with it. */
type GroupOrder =
  | { readonly order: "shut-down"; readonly reason: string }
  | { readonly order: "fail"; readonly reason: string; readonly missingTopics: readonly string[] };

export interface GroupOrdersOptions {
  readonly assignor: GroupAssignor;
  readonly environment: Environment;
  /** Verifies, on the leader, that the topology fits the topics; makes internal ones that are missing, and gives what there is then. */
  readonly checkTopics: (cluster: ClusterView) => Promise<ClusterView>;
  /** This member has been told to end with an error. */
  readonly onOrder: (error: MillraceError) => void;
}

/**
 * Stands before the assignor of tasks. A member may ask that the whole application shuts down; the leader may find that
 * the topics no longer fit the topology. Then every member is told so, and assigned nothing.
 */
export class GroupOrders implements GroupAssignor {
  readonly name: string;
  readonly version: number;
  readonly protocol: "eager" | "cooperative";
  readonly #options: GroupOrdersOptions;
  #shutdownReason: string | null = null;

  constructor(options: GroupOrdersOptions) {
    this.#options = options;
    this.name = options.assignor.name;
    this.version = options.assignor.version;
    this.protocol = options.assignor.protocol;
  }

  /** From the next join on, this member asks that all shut down. Have it join after that. */
  requestShutdown(reason: string): void {
    this.#shutdownReason = reason;
  }

  subscriptionUserData(topics: readonly string[]): Uint8Array | null {
    const reason = this.#shutdownReason;
    return reason === null
      ? this.#options.assignor.subscriptionUserData(topics)
      : encode({ order: "shut-down", reason });
  }

  async assign(
    cluster: ClusterView,
    members: readonly MemberSubscription[],
  ): Promise<ReadonlyMap<string, MemberAssignment>> {
    for (const { userData } of members) {
      const order = decode(userData);
      if (order?.order === "shut-down") return toAll(members, order);
    }
    const { assignor, checkTopics, environment } = this.#options;
    try {
      return await assignor.assign(await checkTopics(cluster), members);
    } catch (error) {
      if (error instanceof RetriableError) {
        environment.logger.warn("The topics could not be checked; the next rebalance will.", { error });
        return assignor.assign(cluster, members);
      }
      if (!(error instanceof MillraceError)) throw error;
      const missingTopics = error instanceof MissingSourceTopicError ? error.topics : [];
      return toAll(members, { order: "fail", reason: error.message, missingTopics });
    }
  }

  onAssignment(partitions: readonly TopicPartition[], userData: Uint8Array | null, member: GroupMetadata): void {
    const order = decode(userData);
    if (order === null) this.#options.assignor.onAssignment(partitions, userData, member);
    else this.#options.onOrder(errorOf(order));
  }
}

function toAll(members: readonly MemberSubscription[], order: GroupOrder): ReadonlyMap<string, MemberAssignment> {
  const userData = encode(order);
  return new Map(members.map(({ memberId }) => [memberId, { partitions: [], userData }]));
}

function errorOf(order: GroupOrder): MillraceError {
  if (order.order === "shut-down") return new ApplicationShutdownError(order.reason);
  return order.missingTopics.length > 0
    ? new MissingSourceTopicError(order.missingTopics, "topic")
    : new TopicsRefusedError(order.reason);
}

const PREFIX = `{"order":`;

const encode = (order: GroupOrder): Uint8Array => Buffer.from(JSON.stringify(order));

/** Null for everything that is no order: what the assignor's own members say. */
function decode(bytes: Uint8Array | null): GroupOrder | null {
  if (bytes === null || Buffer.from(bytes.subarray(0, PREFIX.length)).toString("latin1") !== PREFIX) return null;
  try {
    const {
      order,
      reason,
      missingTopics = [],
    } = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Record<string, unknown>>;
    if (typeof reason !== "string") return null;
    if (order === "shut-down") return { order, reason };
    if (order !== "fail" || !Array.isArray(missingTopics)) return null;
    return { order, reason, missingTopics: missingTopics.filter((topic) => typeof topic === "string") };
  } catch {
    return null;
  }
}
