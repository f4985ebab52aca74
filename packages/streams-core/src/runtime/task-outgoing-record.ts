import type { PartitionPicker } from "@millrace/kafka-client";
import { noHeaders, type Headers } from "../model/index.js";
import type { OutgoingRecord } from "./record-collector.js";

/** The one record object that a sink or a changelog sends again and again. One class, so that collectors stay monomorphic. */
export class TaskOutgoingRecord implements OutgoingRecord {
  topic: string;
  partition: number | PartitionPicker;
  key: Uint8Array | null = null;
  value: Uint8Array | null = null;
  timestamp = -1;
  headers: Headers = noHeaders;
  readonly origin: string;

  constructor(topic: string, partition: number, origin: string) {
    this.topic = topic;
    this.partition = partition;
    this.origin = origin;
  }
}
