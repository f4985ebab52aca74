import { Consumer, type KafkaClient } from "millrace";
import { positionTopic } from "../courier.js";
import type { PositionTable } from "./position-table.js";

export const groupId = "consumer-to-postgres";

const options = {
  groupId,
  topics: [positionTopic],
  maxPollRecords: 500,
  // A member that is killed gives its partitions to the others after so long.
  sessionTimeoutMs: 6_000,
  // Learns so soon that others come and go.
  heartbeatIntervalMs: 500,
};

/**
 * A member of the group writes its partitions' records to the table, until `end`. Offsets are committed only after the rows
 * are; who takes over after a crash writes some rows again, which changes nothing.
 */
export async function runMember(
  client: KafkaClient,
  table: PositionTable,
  name: string,
  end: AbortSignal,
): Promise<void> {
  await using consumer = new Consumer(client, {
    ...options,
    onPartitionsMoved: ({ kind, partitions }) => {
      console.log(`${name}: ${kind} ${partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(", ")}`);
    },
  });
  end.addEventListener("abort", () => void consumer.close(), { once: true });
  let written = 0;
  for await (const records of consumer.batches()) written += await table.write(records);
  console.log(`${name}: has written ${written} rows`);
}
