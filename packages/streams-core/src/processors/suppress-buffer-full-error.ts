import { StreamsError } from "../model/index.js";

/** A suppress buffer has grown over its bounds and was told to stop the app then (S3). */
export class SuppressBufferFullError extends StreamsError {
  override readonly code = "MILLRACE_SUPPRESS_BUFFER_FULL";
  constructor(nodeName: string, records: number, bytes: number) {
    super(
      `The buffer of ${nodeName} is full: it holds ${records} records of ${bytes} bytes together. ` +
        `Raise its maxRecords or maxBytes, or, for a time limit, let it emit early (onFull).`,
    );
  }
}
