import { StreamsError } from "../model/index.js";

/** A user function gave undefined where a value is needed: most often a forgotten `return`. Never taken for a tombstone. */
export class UndefinedResultError extends StreamsError {
  override readonly code = "MILLRACE_UNDEFINED_RESULT";
  /** The processor whose function it is. */
  readonly nodeName: string;

  constructor(nodeName: string, what: string) {
    super(`The ${what} of ${nodeName} returned undefined. Return a value; return null only where "no value" is meant.`);
    this.nodeName = nodeName;
  }
}
