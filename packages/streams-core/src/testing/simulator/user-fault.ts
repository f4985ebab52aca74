import type { SeededRandomness } from "@millrace/kernel/testing";
import type { TimestampExtractor } from "../../model/index.js";

/** Records from one fault to the next, at most. */
const RECORDS_MAX = 300;

/** What the user's code throws in a simulation. */
export class UserFault extends Error {
  /** Whether an error was caused by one. */
  static isBehind(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof UserFault) return true;
    return false;
  }
}

/** Takes the record's own timestamp, but for one record in a hundred or two: there it throws. */
export function userCodeThatThrows(chance: SeededRandomness, calm: () => boolean): TimestampExtractor {
  const draw = (): number => 1 + chance.below(RECORDS_MAX);
  let recordsLeft = draw();
  return ({ timestamp }) => {
    if (--recordsLeft > 0 || calm()) return timestamp;
    recordsLeft = draw();
    throw new UserFault("The user's code has failed.");
  };
}
