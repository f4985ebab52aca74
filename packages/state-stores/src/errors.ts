import { MillraceError } from "@millrace/kernel";

/** Another live process, or another backend of this process, uses the state directory. */
export class StateLockedError extends MillraceError {
  readonly code = "MILLRACE_STATE_LOCKED";
  readonly directory: string;
  /** The process that holds the lock, as it wrote it down; null when it has not yet. */
  readonly ownerPid: number | null;

  constructor(directory: string, ownerPid: number | null, options?: ErrorOptions) {
    const owner = ownerPid === null ? "another process" : `process ${ownerPid}`;
    super(
      `State directory ${directory} is in use by ${owner}. Stop that process, or give this one a state directory of its own.`,
      options,
    );
    this.directory = directory;
    this.ownerPid = ownerPid;
  }
}

/** The state of a task cannot be read. Nothing is lost that is in the changelog: remove the task's state and restore it. */
export class StateCorruptedError extends MillraceError {
  readonly code = "MILLRACE_STATE_CORRUPTED";
  readonly taskId: string;
  readonly directory: string;

  constructor(taskId: string, directory: string, options?: ErrorOptions) {
    super(
      `State of task ${taskId} in ${directory} is damaged. Delete that directory, or let the app remove it: it is restored from the changelog.`,
      options,
    );
    this.taskId = taskId;
    this.directory = directory;
  }
}

/** Files of the state directory cannot be opened, for a reason other than damage; the cause says which. */
export class StateOpenError extends MillraceError {
  readonly code = "MILLRACE_STATE_OPEN";

  constructor(path: string, options: ErrorOptions) {
    super(`Cannot open ${path}. Check that it can be read and written, and that the disk is not full.`, options);
  }
}

/** The state directory was written by a version of Millrace that this one does not know. */
export class StateFormatError extends MillraceError {
  readonly code = "MILLRACE_STATE_FORMAT";

  constructor(directory: string, found: unknown, known: number) {
    super(
      `State in ${directory} has format ${String(found)}, this version reads format ${known}. Use the version that wrote it, or delete the directory to restore from the changelog.`,
    );
  }
}

/** A batch could not be written. The state takes no more writes: close it, open it again and restore from its stored offsets. */
export class StateWriteError extends MillraceError {
  readonly code = "MILLRACE_STATE_WRITE";

  constructor(taskId: string, options: ErrorOptions) {
    super(
      `Writing the state of task ${taskId} failed. Check space and permissions of the state directory, then close the task and open it again.`,
      options,
    );
  }
}

/** A store, an iterator or a backend was used after it was closed. */
export class StateClosedError extends MillraceError {
  readonly code = "MILLRACE_STATE_CLOSED";

  constructor(what: string) {
    super(`${what} is closed. Use it only while its task runs.`);
  }
}

/** Calls came in an order that state does not allow; the message says which. A mistake of the caller, not of its data. */
export class StateMisuseError extends MillraceError {
  readonly code = "MILLRACE_STATE_MISUSE";
}
