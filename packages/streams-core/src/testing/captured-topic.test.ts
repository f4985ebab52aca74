import { describe, expect, it } from "vitest";
import { noHeaders } from "../model/index.js";
import type { OutgoingRecord } from "../runtime/record-collector.js";
import { CapturedTopic } from "./captured-topic.js";

const outgoing = (key: Uint8Array | null, value: Uint8Array | null, timestamp: number): OutgoingRecord => ({
  topic: "t",
  partition: 0,
  key,
  value,
  timestamp,
  headers: noHeaders,
  origin: "sink",
});

describe("CapturedTopic", () => {
  it("gives back what was sent, from no bytes at all to more than a chunk", () => {
    const topic = new CapturedTopic("t");
    const sizes: (number | null)[] = [null, 0, 1, 31, 33, 500, 1000, 3000, 2_000_000, 5, null];
    const bytes = (size: number | null): Uint8Array | null =>
      size === null ? null : new Uint8Array(size).fill(size % 251);
    const sent = sizes.flatMap((key) =>
      sizes.map((value) => outgoing(bytes(key), value === 2_000_000 ? null : bytes(value), key ?? -1)),
    );
    for (const record of sent) {
      topic.append(record);
      topic.publish();
    }
    for (const { key, value, timestamp } of sent) {
      const read = topic.next()!;
      expect(read.timestamp).toBe(timestamp);
      expect([read.key?.length, read.key?.at(-1), read.value?.length, read.value?.at(-1)]).toEqual([
        key?.length,
        key?.at(-1),
        value?.length,
        value?.at(-1),
      ]);
    }
    expect(topic.next()).toBeNull();
  });

  it("hides a record until it is published, and copies it", () => {
    const topic = new CapturedTopic("t");
    const value = Buffer.from("a");
    topic.append(outgoing(null, value, 1));
    value.fill(0);
    expect([topic.size, topic.next()]).toEqual([0, null]);
    topic.publish();
    expect(String(Buffer.from(topic.next()!.value!))).toBe("a");
  });
});
