/**
 * What an error code says about a batch of a Produce request:
 * - `stored`: it is in the log;
 * - `moved`: another broker leads the partition, or the topic is gone; not stored by this request;
 * - `again`: not stored by this request, may go well later;
 * - `unsure`: stored on the leader perhaps, not safely yet; sending it again tells;
 * - `outOfOrder`: not stored, since the partition expects another sequence;
 * - `tooLarge`: not stored, smaller ones would be taken;
 * - `failed`: not stored, and never will be.
 */
export type ProduceVerdict = "stored" | "moved" | "again" | "unsure" | "outOfOrder" | "tooLarge" | "failed";

const verdicts: ReadonlyMap<number, ProduceVerdict> = new Map<number, ProduceVerdict>([
  [-1, "unsure"], // UNKNOWN_SERVER_ERROR
  [0, "stored"],
  [2, "again"], // CORRUPT_MESSAGE: on its way
  [3, "moved"], // UNKNOWN_TOPIC_OR_PARTITION
  [5, "moved"], // LEADER_NOT_AVAILABLE
  [6, "moved"], // NOT_LEADER_OR_FOLLOWER
  [7, "unsure"], // REQUEST_TIMED_OUT: not on all replicas in time
  [8, "moved"], // BROKER_NOT_AVAILABLE
  [9, "moved"], // REPLICA_NOT_AVAILABLE
  [10, "tooLarge"], // MESSAGE_TOO_LARGE
  [13, "unsure"], // NETWORK_EXCEPTION
  [14, "again"], // COORDINATOR_LOAD_IN_PROGRESS, while a broker verifies a transaction
  [15, "again"], // COORDINATOR_NOT_AVAILABLE
  [16, "again"], // NOT_COORDINATOR
  [18, "tooLarge"], // RECORD_LIST_TOO_LARGE
  [19, "again"], // NOT_ENOUGH_REPLICAS
  [20, "unsure"], // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  [45, "outOfOrder"], // OUT_OF_ORDER_SEQUENCE_NUMBER
  [46, "stored"], // DUPLICATE_SEQUENCE_NUMBER
  [51, "again"], // CONCURRENT_TRANSACTIONS
  [56, "moved"], // KAFKA_STORAGE_ERROR
  [59, "outOfOrder"], // UNKNOWN_PRODUCER_ID
  [72, "moved"], // LISTENER_NOT_FOUND
  [74, "moved"], // FENCED_LEADER_EPOCH
  [75, "moved"], // UNKNOWN_LEADER_EPOCH
  [100, "moved"], // UNKNOWN_TOPIC_ID
]);

/** Codes not listed are final. */
export function produceVerdict(errorCode: number): ProduceVerdict {
  return verdicts.get(errorCode) ?? "failed";
}
