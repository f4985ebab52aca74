import type { StreamRecord } from "../model/index.js";

/** A node of a running graph that takes records: a processor or a sink. */
export interface NodeTarget {
  readonly name: string;
  process(record: StreamRecord<unknown, unknown>): void;
}
