import { deepEqual, equal } from "node:assert/strict";
import { sleep } from "@millrace/kernel";
import type { TopicPartition } from "../port/topic-partition.js";
import type { ContractTest, Declare } from "./contract.js";
import { appendAll, markersArrived, pollRows, readToEnd, topicOf, transactional, writeAll } from "./records-at-hand.js";

/** A segment is closed by the first record that is younger by more than `segment.ms`, and compacted at the first occasion. */
const COMPACTED = {
  "cleanup.policy": "compact",
  "delete.retention.ms": "1000",
  "segment.ms": "1000",
  "min.cleanable.dirty.ratio": "0",
};
/** A broker as it comes looks for work every 15 s. */
const COMPACTED_WITHIN_MS = 60_000;
/** Ahead of the clock, by which the markers of transactions go. */
const AHEAD_MS = 60_000;

/** Rules of logs with holes. */
export function compaction(test: Declare): void {
  test("the last value of each key stays, offsets stay, positions run over the holes", async (given) => {
    const { client, name } = given;
    const { topic, partition, closeSegment, becomes } = await compactedTopic(given, name("holes"));
    await writeAll(client, topic, ["a=1", "b=1", "a=2", "c=1", "b=2", "b=3"]);
    await closeSegment();
    await becomes(["2:a=2", "3:c=1", "5:b=3", "6:~1=."]);
    await writeAll(client, topic, ["a=3", "c=2", "b=4"]);
    await closeSegment();
    const left = ["6:~1=.", "7:a=3", "8:c=2", "9:b=4", "10:~2=."];
    await becomes(left);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 1]]));
    deepEqual(await pollRows(consumer, 5), left);
    equal(consumer.position(partition), 11);
  });

  test("transactions: aborted records never come back, committed ones stay", async (given) => {
    const { client, name } = given;
    const { topic, partition, closeSegment, becomes } = await compactedTopic(given, name("decided"));
    const producer = await transactional(client, name("id"));
    for (const [pairs, ending] of [
      [["a=1", "b=1"], "commit"],
      [["a=2", "z=1"], "abort"],
      [["b=2"], "commit"],
    ] as const) {
      producer.begin();
      appendAll(producer, topic, pairs);
      await producer.flush();
      await producer[ending]();
    }
    await markersArrived(client, partition);
    await writeAll(client, topic, ["end=1"]);
    await closeSegment();
    const left = ["0:a=1", "6:b=2", "8:end=1", "9:~1=."];
    await becomes(left);
    deepEqual(await readToEnd(client, partition, "read_committed"), left);
  });

  test("an open transaction is left alone", async (given) => {
    const { client, name } = given;
    const { topic, partition, closeSegment, becomes } = await compactedTopic(given, name("open"));
    await writeAll(client, topic, ["a=1"]);
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, topic, ["a=2"]);
    await producer.flush();
    await closeSegment();
    // Another topic shows that compaction came by.
    const witness = await compactedTopic(given, name("witness"));
    await writeAll(client, witness.topic, ["w=1", "w=2"]);
    await witness.closeSegment();
    await witness.becomes(["1:w=2", "2:~1=."]);
    await becomes(["0:a=1", "1:a=2", "2:~1=."]);
    await producer.abort();
    await markersArrived(client, partition);
    await writeAll(client, topic, ["c=1"]);
    deepEqual(await readToEnd(client, partition, "read_committed"), ["0:a=1", "2:~1=.", "4:c=1"]);
  });

  test("a deletion is seen for its retention time, then goes too", async (given) => {
    const { world, client, name } = given;
    const { topic, partition, closeSegment, becomes } = await compactedTopic(given, name("deleted"));
    await writeAll(client, topic, ["a=1", "b=1", "a"]);
    await closeSegment();
    await becomes(["1:b=1", "2:a=null", "3:~1=."]);
    await sleep(world.environment.scheduler, 2_000);
    await closeSegment();
    await becomes(["1:b=1", "3:~1=.", "4:~2=."]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 1]]));
    await pollRows(consumer, 3);
    equal(consumer.position(partition), 5);
  });
}

interface CompactedTopic {
  readonly topic: string;
  readonly partition: TopicPartition;
  /** Appends one record under a key of its own ("~1", "~2"), after which all before it may be compacted. */
  closeSegment(): Promise<void>;
  /** Lets the cluster compact until these rows are left. Throws when it does not get there. */
  becomes(left: readonly string[]): Promise<void>;
}

async function compactedTopic({ world, client }: ContractTest, topic: string): Promise<CompactedTopic> {
  const { clock, scheduler } = world.environment;
  const partition = await topicOf(client, topic, 1, COMPACTED);
  let closed = 0;
  return {
    topic,
    partition,
    async closeSegment() {
      const producer = client.producer({});
      closed++;
      producer.append(topic, 0, Buffer.from(`~${closed}`), Buffer.from("."), clock.nowMs() + closed * AHEAD_MS);
      await producer.flush();
      await producer.close();
    },
    async becomes(left) {
      const deadlineMs = clock.monotonicMs() + COMPACTED_WITHIN_MS;
      for (;;) {
        await world.compact();
        const rows = await readToEnd(client, partition, "read_uncommitted");
        if (rows.join() === left.join()) return;
        if (clock.monotonicMs() > deadlineMs) deepEqual(rows, left);
        await sleep(scheduler, 100);
      }
    },
  };
}
