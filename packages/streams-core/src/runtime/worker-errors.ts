import { MillraceError } from "@millrace/kernel";

/** The worker has started over too often without a commit in between. The last cause is its `cause`. */
export class RecoveryLimitError extends MillraceError {
  readonly code = "MILLRACE_RECOVERY_LIMIT";

  constructor(attempts: number, cause: unknown) {
    super(
      `The app has started its tasks over ${attempts} times without a commit in between. ` +
        `See the cause; when it speaks of fencing, look for another app with the same instance id.`,
      { cause },
    );
  }
}

/** A changelog is not what the topology expects of it. */
export class ChangelogError extends MillraceError {
  readonly code = "MILLRACE_CHANGELOG";
}

/** Where a source topic without a committed offset starts was left open by its policy "none". */
export class MissingOffsetError extends MillraceError {
  readonly code = "MILLRACE_MISSING_OFFSET";

  constructor(topic: string, partition: number) {
    super(
      `The group has no committed offset for ${topic}-${partition}, and its offset reset policy is "none". Commit an offset, or choose "earliest" or "latest".`,
    );
  }
}

/** A topic the topology reads does not exist. */
export class MissingSourceTopicError extends MillraceError {
  readonly code = "MILLRACE_MISSING_SOURCE_TOPIC";
  /** The topics that are missing, or the patterns nothing matches. */
  readonly topics: readonly string[];

  constructor(topics: readonly string[], what: "topic" | "pattern") {
    const names = topics.join(", ");
    super(
      what === "topic"
        ? `Source topic ${names} does not exist. Create it, or correct its name in the topology.`
        : `No topic matches the source pattern ${names}. Create one, or correct the pattern.`,
    );
    this.topics = topics;
  }
}

/** The cluster's topics no longer fit the topology: the group's leader found out, and told all. */
export class TopicsRefusedError extends MillraceError {
  readonly code = "MILLRACE_TOPICS_REFUSED";
}

/** Another instance has met an error and asked that the whole application shuts down (R22). */
export class ApplicationShutdownError extends MillraceError {
  readonly code = "MILLRACE_APPLICATION_SHUTDOWN";

  constructor(reason: string) {
    super(`An instance of the application has asked all of them to shut down: ${reason}`);
  }
}

/** Others have been in the group for `taskTimeoutMs` who assign by another protocol, so that this app could not join (R4). */
export class GroupOccupiedError extends MillraceError {
  readonly code = "MILLRACE_GROUP_OCCUPIED";
  /** Client ids of those who were in the group, as far as that could be learned. */
  readonly members: readonly string[];

  constructor(groupId: string, timeoutMs: number, members: readonly string[], cause: unknown) {
    const who = members.length === 0 ? "members" : `members (${members.join(", ")})`;
    super(
      `Group ${groupId} has had ${who} for ${timeoutMs} ms that do not assign as this app does. ` +
        `Stop them: an app of Kafka Streams and one of this library take turns, and a stopped one stays in the group until ` +
        `its session ends. Where sessions are long, raise taskTimeoutMs.`,
      { cause },
    );
    this.members = members;
  }
}

/** Something has been tried again for `taskTimeoutMs` and has not gone well (R4). The last failure is its `cause`. */
export class TaskTimeoutError extends MillraceError {
  readonly code = "MILLRACE_TASK_TIMEOUT";

  constructor(who: string, timeoutMs: number, cause: unknown) {
    super(
      `${who} could not go on for ${timeoutMs} ms: ${cause instanceof Error ? cause.message : String(cause)} ` +
        `See whether the cluster is healthy, or raise taskTimeoutMs.`,
      { cause },
    );
  }
}
