import { MillraceError } from "@millrace/kernel";

/** An error on its way from one thread to another: classes do not survive it, what programs and people read does. */
export interface CarriedError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  readonly stack: string | null;
  readonly cause: CarriedError | null;
}

const THREAD_CODE = "MILLRACE_APP_THREAD";
const CAUSES_MAX = 8;

/** The module given to `StreamsApp.fromModule` cannot be run. */
export class AppModuleError extends MillraceError {
  readonly code = "MILLRACE_APP_MODULE";
}

/**
 * A thread of an app has failed or died. `code`, `name` and message are those of the error in the thread, if it was one
 * of this library; else the code is MILLRACE_APP_THREAD.
 */
export class AppThreadError extends MillraceError {
  readonly code: string;
  /** Number of the thread. */
  readonly thread: number;

  constructor(thread: number, message: string, options: ErrorOptions & { readonly code?: string } = {}) {
    super(message, options);
    this.thread = thread;
    this.code = options.code ?? THREAD_CODE;
  }
}

/** What an error becomes for the way; `depth` bounds the chain of causes. */
export function carriedError(error: unknown, depth = 0): CarriedError {
  if (!(error instanceof Error)) {
    return { name: "Error", message: String(error), code: null, stack: null, cause: null };
  }
  const { name, message, stack = null, cause } = error;
  const code = "code" in error && typeof error.code === "string" ? error.code : null;
  const carried = cause === undefined || depth >= CAUSES_MAX ? null : carriedError(cause, depth + 1);
  return { name, message, code, stack, cause: carried };
}

/** What it is where it arrives. */
export function arrivedError(thread: number, carried: CarriedError): AppThreadError {
  const { name, message, code, stack } = carried;
  const ours = code?.startsWith("MILLRACE_") === true;
  const cause = ours ? carried.cause : carried;
  const error = new AppThreadError(thread, ours ? message : `Thread ${thread} of the app failed: ${message}`, {
    ...(cause === null ? {} : { cause: plainError(cause) }),
    ...(ours ? { code } : {}),
  });
  if (ours) error.name = name;
  if (ours && stack !== null) error.stack = stack;
  return error;
}

function plainError({ name, message, code, stack, cause }: CarriedError): Error {
  const error = new Error(message, cause === null ? {} : { cause: plainError(cause) });
  error.name = name;
  if (stack !== null) error.stack = stack;
  return code === null ? error : Object.assign(error, { code });
}
