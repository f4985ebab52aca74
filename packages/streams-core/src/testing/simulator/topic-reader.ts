import { tp, type Isolation } from "@millrace/kafka-client";
import type { AppHarness } from "../app-harness.js";

/** A record at rest, in copies of its own. */
export interface StoredRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** All records of a topic, partition by partition, in order. */
export async function readTopic(
  harness: AppHarness,
  topic: string,
  isolation: Isolation = "read_committed",
): Promise<StoredRecord[]> {
  const { cluster } = harness;
  const info = (await harness.run(cluster.admin().describeTopics([topic]))).get(topic);
  const partitions = Array.from({ length: info?.partitions ?? 0 }, (_, partition) => tp(topic, partition));
  const consumer = cluster.restoreConsumer({ isolation });
  const ends = await harness.run(consumer.endOffsets(partitions, "read_uncommitted"));
  consumer.assign(await harness.run(consumer.beginningOffsets(partitions)));
  const read: StoredRecord[] = [];
  while (partitions.some((partition) => consumer.position(partition) < (ends.get(partition) ?? 0))) {
    for (const { tp: from, records } of await harness.run(consumer.poll(100))) {
      while (records.next()) {
        const { offset, key, value } = records.record();
        read.push({ partition: from.partition, offset, key: key && key.slice(), value: value && value.slice() });
      }
    }
  }
  await harness.run(consumer.close());
  return read.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
}
