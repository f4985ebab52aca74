import { deepEqual, equal } from "node:assert/strict";
import { sleep } from "@millrace/kernel";
import type { Declare } from "./contract.js";
import { appendAll, markersArrived, pollRows, readToEnd, topicOf, transactional, writeAll } from "./records-at-hand.js";

const COMPACTED = { "cleanup.policy": "compact", "delete.retention.ms": "1000" };

/** Rules of logs with holes. */
export function compaction(test: Declare): void {
  test("the last value of each key stays, offsets stay, positions run over the holes", async ({
    world,
    client,
    name,
  }) => {
    if (world.compact === undefined) return;
    const partition = await topicOf(client, name("holes"), 1, COMPACTED);
    await writeAll(client, partition.topic, ["a=1", "b=1", "a=2", "c=1", "b=2", "b=3"]);
    await world.compact();
    deepEqual(await readToEnd(client, partition, "read_committed"), ["2:a=2", "3:c=1", "5:b=3"]);
    await writeAll(client, partition.topic, ["a=3", "c=2", "b=4"]);
    await world.compact();
    deepEqual(await readToEnd(client, partition, "read_committed"), ["6:a=3", "7:c=2", "8:b=4"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 1]]));
    deepEqual(await pollRows(consumer, 3), ["6:a=3", "7:c=2", "8:b=4"]);
    equal(consumer.position(partition), 9);
  });

  test("transactions: aborted records never come back, committed ones stay", async ({ world, client, name }) => {
    if (world.compact === undefined) return;
    const partition = await topicOf(client, name("decided"), 1, COMPACTED);
    const producer = await transactional(client, name("id"));
    for (const [pairs, ending] of [
      [["a=1", "b=1"], "commit"],
      [["a=2", "z=1"], "abort"],
      [["b=2"], "commit"],
    ] as const) {
      producer.begin();
      appendAll(producer, partition.topic, pairs);
      await producer.flush();
      await producer[ending]();
    }
    await markersArrived(client, partition);
    await writeAll(client, partition.topic, ["end=1"]);
    await world.compact();
    const left = ["0:a=1", "6:b=2", "8:end=1"];
    deepEqual(await readToEnd(client, partition, "read_committed"), left);
    deepEqual(await readToEnd(client, partition, "read_uncommitted"), left);
  });

  test("an open transaction is left alone", async ({ world, client, name }) => {
    if (world.compact === undefined) return;
    const partition = await topicOf(client, name("open"), 1, COMPACTED);
    await writeAll(client, partition.topic, ["a=1"]);
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, partition.topic, ["a=2"]);
    await producer.flush();
    await world.compact();
    await producer.abort();
    await markersArrived(client, partition);
    await writeAll(client, partition.topic, ["b=1"]);
    deepEqual(await readToEnd(client, partition, "read_committed"), ["0:a=1", "3:b=1"]);
  });

  test("a deletion is seen for its retention time, then goes too", async ({ world, client, name }) => {
    if (world.compact === undefined) return;
    const partition = await topicOf(client, name("deleted"), 1, COMPACTED);
    const producer = client.producer({});
    appendAll(producer, partition.topic, ["a=1", "b=1", "a"]);
    await producer.flush();
    await world.compact();
    deepEqual(await readToEnd(client, partition, "read_committed"), ["1:b=1", "2:a=null"]);
    await sleep(world.environment.scheduler, 2_000);
    await world.compact();
    deepEqual(await readToEnd(client, partition, "read_committed"), ["1:b=1"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 1]]));
    await pollRows(consumer, 2);
    equal(consumer.position(partition), 3);
  });
}
