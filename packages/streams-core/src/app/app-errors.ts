import { MillraceError } from "@millrace/kernel";

/** An option of StreamsApp that cannot be right. */
export class AppOptionsError extends MillraceError {
  readonly code = "MILLRACE_APP_OPTIONS";
}

/** A call the app's state does not allow, such as starting it twice. */
export class AppStateError extends MillraceError {
  readonly code = "MILLRACE_APP_STATE";
}

/** The app was closed while `start()` or `caughtUp()` was waiting. */
export class AppClosedError extends MillraceError {
  readonly code = "MILLRACE_APP_CLOSED";
}

/** Topics that are joined or merged by key have different partition counts. */
export class CopartitionError extends MillraceError {
  readonly code = "MILLRACE_COPARTITION";
  /** Partition counts by topic. */
  readonly partitions: ReadonlyMap<string, number>;

  constructor(partitions: ReadonlyMap<string, number>) {
    const counts = [...partitions].map(([topic, count]) => `${topic} (${count})`).join(", ");
    super(
      `These topics are joined by key and must have equal partition counts: ${counts}. ` +
        `Give them the same count, or repartition() one of them first.`,
    );
    this.partitions = partitions;
  }
}

/** An internal topic exists with another partition count than the topology needs. */
export class InternalTopicError extends MillraceError {
  readonly code = "MILLRACE_INTERNAL_TOPIC";
  readonly topic: string;

  constructor(topic: string, found: number, needed: number) {
    super(
      `Internal topic ${topic} has ${found} partitions, the topology needs ${needed}. ` +
        `If its source topics were changed, stop all instances, delete the application's internal topics and its state, and start again.`,
    );
    this.topic = topic;
  }
}

/** A changelog was deleted and made anew while the application ran: what stores wrote before is not in it any more. */
export class ChangelogReplacedError extends MillraceError {
  readonly code = "MILLRACE_CHANGELOG_REPLACED";
  readonly topics: readonly string[];

  constructor(topics: readonly string[]) {
    super(
      `Changelog ${topics.join(", ")} was deleted and made anew while the application ran. What its stores wrote before is ` +
        `not in it, and a task that moves would go on without. Stop all instances. To build the stores anew, delete the ` +
        `application's internal topics and its state, and set its offsets back; to go on with what is left, start again.`,
    );
    this.topics = topics;
  }
}

/** The topology has no store of that name, or none that can be read here. */
export class UnknownStoreError extends MillraceError {
  readonly code = "MILLRACE_UNKNOWN_STORE";
}
