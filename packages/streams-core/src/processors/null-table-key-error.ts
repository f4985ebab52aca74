import { StreamsError } from "../model/index.js";

/** A grouped table got a record without a key (A7): tables have none, so something else writes where it reads. */
export class NullTableKeyError extends StreamsError {
  override readonly code = "MILLRACE_NULL_TABLE_KEY";
  /** The processor that got it. */
  readonly nodeName: string;

  constructor(nodeName: string) {
    super(
      `${nodeName} works on the rows of a table and got a record with a null key. Let nothing else write to its repartition topic.`,
    );
    this.nodeName = nodeName;
  }
}
