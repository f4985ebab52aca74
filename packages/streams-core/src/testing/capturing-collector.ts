import type { OutgoingRecord, RecordCollector } from "../runtime/record-collector.js";
import type { SentRecord } from "./sent-record.js";

const copyOf = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : new Uint8Array(bytes));

/** Keeps what a task sends, in order. Every topic has one partition. */
export class CapturingCollector implements RecordCollector {
  private sent: SentRecord[] = [];

  send({ topic, key, value, timestamp, headers }: OutgoingRecord): void {
    this.sent.push({ topic, key: copyOf(key), value: copyOf(value), timestamp, headers });
  }

  partitionsFor(): number {
    return 1;
  }

  get isEmpty(): boolean {
    return this.sent.length === 0;
  }

  /** What was sent since the last call. */
  drain(): readonly SentRecord[] {
    const { sent } = this;
    this.sent = [];
    return sent;
  }
}
