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
