import type { TopicPartition } from "../../port/topic-partition.js";
import type { Request } from "../../protocol/requests/request.js";

/** A broker of the cluster, by its node id. */
export type NodeId = number;

/** What a group or a transactional id is coordinated for. */
export type CoordinatorKind = "group" | "transaction";

/**
 * A connection to a cluster: sockets, security, metadata, coordinators. Each purpose opens its own (membership, fetching,
 * producing, administration), since a waiting request holds up those behind it on its socket.
 */
export interface Transport {
  /** Aborted by {@link close}, with a RetriableError as its reason. */
  readonly closed: AbortSignal;
  /** Connects, and checks that the brokers speak every version we use. Throws {@link import("../../port/errors.js").FatalClientError} for a broker too old. */
  open(): Promise<void>;
  /**
   * Sends one request to one broker, after the pause it asked for last (KIP-219), if any. Rejects with RetriableError when the
   * connection breaks, is refused or times out, with AuthorizationError when the broker or we refuse the other's credentials,
   * with FatalClientError when the broker is too old or too new for the request. What the answer says is for `decode` and the caller.
   */
  send<T>(node: NodeId, request: Request<T>): Promise<T>;
  /** Any connected broker, for requests that every broker answers. */
  anyNode(): Promise<NodeId>;
  /** From the metadata at hand; undefined when not known: `refresh` first. */
  leader(partition: TopicPartition): NodeId | undefined;
  /** From the metadata at hand; -1 when not known. */
  leaderEpoch(partition: TopicPartition): number;
  /** From the metadata at hand; undefined when not known. */
  partitionCount(topic: string): number | undefined;
  /**
   * Asks for the metadata of `topics` and of those asked for before; concurrent calls share a request. Topics that do not exist
   * stay unknown and are named in the result. Rejects with RetriableError.
   */
  refresh(topics: readonly string[]): Promise<{ readonly missing: readonly string[] }>;
  /** Who coordinates the group or transaction; remembered until {@link forgetCoordinator}. Rejects with RetriableError. */
  coordinator(kind: CoordinatorKind, key: string): Promise<NodeId>;
  /** After NOT_COORDINATOR, or a broken connection: the next {@link coordinator} asks again. */
  forgetCoordinator(kind: CoordinatorKind, key: string): void;
  /** Ends what is in flight with RetriableError. */
  close(): Promise<void>;
}
