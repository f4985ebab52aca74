import { StreamsError } from "../model/index.js";

/** A user function gave null where there is no meaning for it, such as instead of a [key, value] pair. */
export class NullResultError extends StreamsError {
  override readonly code = "MILLRACE_NULL_RESULT";
  /** The processor whose function it is. */
  readonly nodeName: string;

  constructor(nodeName: string, what: string, wanted: string) {
    super(`The ${what} of ${nodeName} returned null. Return ${wanted}.`);
    this.nodeName = nodeName;
  }
}
