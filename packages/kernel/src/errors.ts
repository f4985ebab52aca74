/**
 * Base of every error this library throws on purpose. `code` is stable and meant for programs; the message is a
 * sentence that says what is wrong and what to do about it.
 */
export abstract class MillraceError extends Error {
  /** Stable, e.g. `MILLRACE_MISSING_SOURCE_TOPIC`. */
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
