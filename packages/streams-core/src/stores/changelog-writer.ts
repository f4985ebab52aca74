import type { Headers } from "../model/index.js";

/** Takes the changes of one store to its changelog topic. Key and value may be reused after the call. */
export interface ChangelogWriter {
  /** `value` null: the row was deleted. `timestamp` -1: the time of writing. Default no headers. */
  write(key: Uint8Array, value: Uint8Array | null, timestamp: number, headers?: Headers): void;
}
