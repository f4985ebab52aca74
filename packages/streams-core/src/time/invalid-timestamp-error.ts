import { StreamsError, type ConsumedRecord } from "../model/index.js";

/** A source record has no usable timestamp, and the extractor in use does not tolerate that (T4). */
export class InvalidTimestampError extends StreamsError {
  override readonly code = "MILLRACE_INVALID_TIMESTAMP";

  constructor(record: ConsumedRecord) {
    super(
      `Record at ${record.topic}-${record.partition}@${record.offset} has timestamp ${record.timestamp}. ` +
        "Have its producer write timestamps, or choose another timestamp extractor, such as " +
        "timestampExtractors.logAndSkip (drops the record) or timestampExtractors.usePartitionTime.",
    );
  }
}
