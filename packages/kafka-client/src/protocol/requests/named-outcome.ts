import type { ResponseReader } from "./reader.js";

/** What became of one thing of a request that names several. */
export interface NamedOutcome {
  readonly name: string;
  readonly errorCode: number;
  /** The broker's own words, if any. */
  readonly message: string | null;
}

/** A throttle time, then name and error code of each; with the broker's words where the version has them. */
export function readOutcomes(reader: ResponseReader, withMessage: boolean): NamedOutcome[] {
  reader.int32();
  return reader.array(() => ({
    name: reader.string(),
    errorCode: reader.int16(),
    message: withMessage ? reader.nullableString() : null,
  }));
}
