import type { Isolation, KafkaClient } from "../port/client.js";
import { MissingTopicError } from "../port/errors.js";
import { tp } from "../port/topic-partition.js";
import { ownRecord, type IncomingRecord } from "./incoming-record.js";

const POLL_MS = 1_000;

/** How {@link readTopic} reads. */
export interface ReadTopicOptions {
  /** Default "read_committed": records of transactions that are open or aborted are left out. */
  readonly isolation?: Isolation;
}

/**
 * What a topic holds now, from its first record to its end as it is when the reading begins; each partition's records in
 * order. Belongs to no group and commits nothing. Under read_committed a partition ends where its first open transaction
 * begins; one that was committed just now counts as open until its marker has arrived. Throws MissingTopicError.
 */
export async function* readTopic(
  client: KafkaClient,
  topic: string,
  options: ReadTopicOptions = {},
): AsyncGenerator<IncomingRecord, void, undefined> {
  const { isolation = "read_committed" } = options;
  const description = (await client.admin().describeTopics([topic])).get(topic);
  if (description == null) throw new MissingTopicError([topic]);
  const partitions = Array.from({ length: description.partitions }, (_, partition) => tp(topic, partition));
  const consumer = client.restoreConsumer({ isolation });
  try {
    const ends = await consumer.endOffsets(partitions, isolation);
    consumer.assign(await consumer.beginningOffsets(partitions));
    while (partitions.some((partition) => consumer.position(partition) < (ends.get(partition) ?? 0))) {
      for (const { tp: partition, records } of await consumer.poll(POLL_MS)) {
        const end = ends.get(partition) ?? 0;
        while (records.next() && records.offset < end) yield ownRecord(partition, records.record());
      }
    }
  } finally {
    await consumer.close();
  }
}
