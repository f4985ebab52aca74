import { MillraceError } from "@millrace/kernel";
import type { TopicPartition } from "./topic-partition.js";

/** Base of what a client throws. One class per decision its caller can take. */
export abstract class ClientError extends MillraceError {}

/** May go well when tried again: the broker is busy, moving, or not reachable just now. */
export class RetriableError extends ClientError {
  readonly code: string = "MILLRACE_RETRIABLE";
}

/** The position is not in the log any more (or not yet). `logStart` is where the log begins now. */
export class OffsetOutOfRangeError extends ClientError {
  readonly code = "MILLRACE_OFFSET_OUT_OF_RANGE";
  readonly partition: TopicPartition;
  readonly offset: number;
  readonly logStart: number;
  constructor(partition: TopicPartition, offset: number, logStart: number) {
    super(
      `Offset ${offset} of ${partition.topic}-${partition.partition} is not in the log, which starts at ${logStart}. ` +
        `Seek to a position the log still holds, or restore from its start.`,
    );
    this.partition = partition;
    this.offset = offset;
    this.logStart = logStart;
  }
}

/** The group is rebalancing: poll, then try again with the new generation. */
export class RebalanceInProgressError extends ClientError {
  readonly code = "MILLRACE_REBALANCE_IN_PROGRESS";
}

/** The group has gone on without this member: give up what it owned and rejoin. */
export class MemberLostError extends ClientError {
  readonly code = "MILLRACE_MEMBER_LOST";
}

/** The group is at another generation than this member, whose id it may know still: rejoin under that id. */
export class GenerationOverError extends MemberLostError {}

/** The group has members that assign by another protocol: this one may join once they have gone. */
export class GroupProtocolError extends ClientError {
  readonly code = "MILLRACE_GROUP_PROTOCOL";
}

/** Another consumer has joined the group under the same instance id: this one must stop, and must not rejoin. */
export class InstanceFencedError extends ClientError {
  readonly code = "MILLRACE_INSTANCE_FENCED";
}

/** Another producer with the same transactional id has started: this one must stop. */
export class ProducerFencedError extends ClientError {
  readonly code = "MILLRACE_PRODUCER_FENCED";
}

/** The transaction has failed and must be aborted; a new one may be begun afterwards. */
export class TransactionAbortableError extends ClientError {
  readonly code = "MILLRACE_TRANSACTION_ABORTABLE";
}

/** The cluster refuses: not allowed, or not authenticated. */
export class AuthorizationError extends ClientError {
  readonly code = "MILLRACE_AUTHORIZATION";
}

/** A topic or partition that does not exist. */
export class MissingTopicError extends ClientError {
  readonly code = "MILLRACE_MISSING_TOPIC";
  readonly topics: readonly string[];
  constructor(topics: readonly string[], message?: string) {
    super(message ?? `Topic ${topics.join(", ")} does not exist. Create it first, or correct its name.`);
    this.topics = topics;
  }
}

/** The log does not take this one record (too large, no key in a compacted topic, no such partition); others may be written. */
export class RecordRefusedError extends ClientError {
  readonly code = "MILLRACE_RECORD_REFUSED";
}

/** Nothing to retry: the client cannot go on. */
export class FatalClientError extends ClientError {
  readonly code = "MILLRACE_FATAL";
}

/** Records that are not what their batch says they are: the bytes were damaged, or written by a faulty client. */
export class CorruptRecordsError extends ClientError {
  readonly code = "MILLRACE_CORRUPT_RECORDS";
}
