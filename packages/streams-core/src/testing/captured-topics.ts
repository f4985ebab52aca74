import type { SentRecord } from "./sent-record.js";

interface CapturedTopic {
  readonly records: SentRecord[];
  readCount: number;
}

/** What a topology sent, by topic; each topic is read once, in order, by all its output topics together. */
export class CapturedTopics {
  private readonly topics = new Map<string, CapturedTopic>();

  append(record: SentRecord): void {
    let captured = this.topics.get(record.topic);
    if (captured === undefined) this.topics.set(record.topic, (captured = { records: [], readCount: 0 }));
    captured.records.push(record);
  }

  names(): ReadonlySet<string> {
    return new Set(this.topics.keys());
  }

  /** All records, those read already included. */
  all(topic: string): readonly SentRecord[] {
    return this.topics.get(topic)?.records ?? [];
  }

  unread(topic: string): number {
    const captured = this.topics.get(topic);
    return captured === undefined ? 0 : captured.records.length - captured.readCount;
  }

  /** The next record; null when there is none. */
  next(topic: string): SentRecord | null {
    const captured = this.topics.get(topic);
    if (captured === undefined || captured.readCount === captured.records.length) return null;
    return captured.records[captured.readCount++]!;
  }
}
