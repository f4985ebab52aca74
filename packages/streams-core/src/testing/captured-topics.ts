import type { OutgoingRecord, RecordCollector } from "../runtime/record-collector.js";
import { CapturedTopic } from "./captured-topic.js";

/** Keeps what a task sends, by topic. Every topic has one partition. */
export class CapturedTopics implements RecordCollector {
  private readonly topics = new Map<string, CapturedTopic>();
  private sent: CapturedTopic[] = [];

  send(record: OutgoingRecord): void {
    const topic = this.topic(record.topic);
    topic.append(record);
    this.sent.push(topic);
  }

  partitionsFor(): number {
    return 1;
  }

  /** The topic of each record sent since the last call, in order of sending; publish them one by one. */
  takeSent(): readonly CapturedTopic[] {
    const { sent } = this;
    if (sent.length > 0) this.sent = [];
    return sent;
  }

  topic(name: string): CapturedTopic {
    let topic = this.topics.get(name);
    if (topic === undefined) this.topics.set(name, (topic = new CapturedTopic(name)));
    return topic;
  }

  /** Topics that have records. */
  names(): ReadonlySet<string> {
    return new Set([...this.topics.values()].filter(({ size }) => size > 0).map(({ name }) => name));
  }
}
