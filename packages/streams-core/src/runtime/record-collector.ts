import type { PartitionPicker } from "@millrace/kafka-client";
import type { Headers } from "../model/index.js";

/** Where a task's records go: sinks, repartition topics and changelogs. Synchronous; topic names are real ones. */
export interface RecordCollector {
  /** `partition` a function: called with the partition count once known. Key and value may be reused after the call. */
  send(record: OutgoingRecord): void;
  /** Undefined: not known yet. */
  partitionsFor(topic: string): number | undefined;
  /** Has `listener` decide about a record that is refused at once: it returns to drop it, or throws. Without one it fails. */
  onRefused?(listener: RefusalListener): void;
}

export type RefusalListener = (record: OutgoingRecord, error: unknown) => void;

/** Reused by its sender: the collector copies what it keeps. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number | PartitionPicker;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** -1: the time of sending. */
  readonly timestamp: number;
  readonly headers: Headers;
  /** Name of the sink, or of the store for a changelog record; for error handlers. */
  readonly origin: string;
}
