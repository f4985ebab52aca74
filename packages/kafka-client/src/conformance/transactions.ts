import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import type { KafkaClient } from "../port/client.js";
import { FatalClientError, ProducerFencedError } from "../port/errors.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import type { Declare } from "./contract.js";
import {
  appendAll,
  bytes,
  markersArrived,
  pollRows,
  readToEnd,
  rows,
  topicOf,
  transactional,
  writeAll,
} from "./records-at-hand.js";

/** Rules of transactional writing and of reading committed records only. */
export function transactions(test: Declare): void {
  test("records are visible to read_committed once committed, and never when aborted", async ({ client, name }) => {
    const partition = await topicOf(client, name("visible"));
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, partition.topic, ["a=1", "b=2"]);
    await producer.flush();
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    deepEqual(await consumer.poll(20), []);
    deepEqual(await consumer.endOffsets([partition], "read_committed"), new Map([[partition, 0]]));
    deepEqual(await readToEnd(client, partition, "read_uncommitted"), ["0:a=1", "1:b=2"]);
    await producer.commit();
    deepEqual(await pollRows(consumer, 2), ["0:a=1", "1:b=2"]);
    producer.begin();
    appendAll(producer, partition.topic, ["c=3"]);
    await producer.flush();
    await producer.abort();
    await writeAll(client, partition.topic, ["d=4"]);
    const rest = await pollRows(consumer, 1);
    deepEqual(
      rest.map((row) => row.split(":")[1]),
      ["d=4"],
    );
  });

  test("what was written after an open transaction waits for its end", async ({ client, name }) => {
    const partition = await topicOf(client, name("stable"));
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, partition.topic, ["a=1"]);
    await producer.flush();
    await writeAll(client, partition.topic, ["b=2"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    deepEqual(await consumer.poll(20), []);
    await producer.commit();
    deepEqual(await pollRows(consumer, 2), ["0:a=1", "1:b=2"]);
  });

  test("nextOffset moves past markers and aborted records, without records if need be", async ({ client, name }) => {
    const partition = await topicOf(client, name("markers"));
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, partition.topic, ["a=1"]);
    await producer.flush();
    await producer.abort();
    producer.begin();
    appendAll(producer, partition.topic, ["b=2"]);
    await producer.commit();
    deepEqual(await readUntil(client, partition, 4), { rows: ["2:b=2"], position: 4 });
  });

  test("an aborted record whose key is the 32-bit number 0 stays hidden", async ({ client, name }) => {
    const partition = await topicOf(client, name("zero-key"));
    const producer = await transactional(client, name("id"));
    producer.begin();
    for (let index = 0; index < 3; index++)
      producer.append(partition.topic, 0, new Uint8Array(4), bytes("hidden"), index);
    await producer.flush();
    await producer.abort();
    await markersArrived(client, partition);
    await writeAll(client, partition.topic, ["k=seen"]);
    deepEqual(await readUntil(client, partition, 5), { rows: ["4:k=seen"], position: 5 });
  });

  test("two aborted transactions open at once hide their own records only", async ({ client, name }) => {
    const partition = await topicOf(client, name("two-aborts"));
    const one = await transactional(client, name("one"));
    const two = await transactional(client, name("two"));
    const three = await transactional(client, name("three"));
    for (const producer of [one, two, three]) producer.begin();
    for (const [producer, pair] of [
      [one, "a=1"],
      [two, "b=1"],
      [three, "c=1"],
      [two, "b=2"],
      [one, "a=2"],
      [three, "c=2"],
    ] as const) {
      appendAll(producer, partition.topic, [pair]);
      await producer.flush();
    }
    await one.abort();
    await three.commit();
    await two.abort();
    await markersArrived(client, partition);
    await writeAll(client, partition.topic, ["d=1"]);
    for (const maxBytes of [1, 100_000]) {
      const read = await readUntil(client, partition, 10, maxBytes);
      deepEqual(read.rows, ["2:c=1", "5:c=2", "9:d=1"]);
    }
  });

  test("aborts are known across fetch borders: by the same producer twice, and from a position inside", async ({
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("borders"));
    const producer = await transactional(client, name("id"));
    for (const ending of ["abort", "commit", "abort"] as const) {
      producer.begin();
      for (let index = 0; index < 4; index++) {
        appendAll(producer, partition.topic, [`${ending}=${index}`]);
        await producer.flush();
      }
      await producer[ending]();
    }
    const end = 15;
    const committed = ["5:commit=0", "6:commit=1", "7:commit=2", "8:commit=3"];
    deepEqual((await readUntil(client, partition, end, 1)).rows, committed);
    deepEqual((await readUntil(client, partition, end, 1, 2)).rows, committed);
    deepEqual((await readUntil(client, partition, end, 1, 12)).rows, []);
  });

  test("transactions may follow each other at once", async ({ client, name }) => {
    const topic = name("back-to-back");
    const partition = await topicOf(client, topic, 2);
    const producer = await transactional(client, name("id"));
    for (let round = 0; round < 5; round++) {
      producer.begin();
      appendAll(producer, topic, [`k=${round}`]);
      producer.append(topic, 1, null, bytes("x"), 0);
      await producer.commit();
    }
    const values = (await readUntil(client, partition, 10)).rows.map((row) => row.split("=")[1]);
    deepEqual(values, ["0", "1", "2", "3", "4"]);
    equal((await readUntil(client, tp(topic, 1), 10)).rows.length, 5);
  });

  test("an empty transaction commits and aborts", async ({ client, name }) => {
    const producer = await transactional(client, name("id"));
    producer.begin();
    await producer.commit();
    producer.begin();
    await producer.abort();
  });

  test("init fences the earlier owner and ends its transaction", async ({ client, name }) => {
    const partition = await topicOf(client, name("fenced"));
    const zombie = await transactional(client, name("id"));
    zombie.begin();
    appendAll(zombie, partition.topic, ["zombie=1"]);
    await zombie.flush();
    const heir = await transactional(client, name("id"));
    appendAll(zombie, partition.topic, ["zombie=2"]);
    await rejects(zombie.flush(), ProducerFencedError);
    throws(() => appendAll(zombie, partition.topic, ["zombie=3"]), ProducerFencedError);
    await rejects(zombie.commit(), ProducerFencedError);
    heir.begin();
    appendAll(heir, partition.topic, ["heir=1"]);
    await heir.commit();
    deepEqual((await readUntil(client, partition, 4)).rows, ["2:heir=1"]);
  });

  test("a zombie that wrote nothing since cannot commit either", async ({ client, name }) => {
    const partition = await topicOf(client, name("silent-zombie"));
    const zombie = await transactional(client, name("id"));
    zombie.begin();
    appendAll(zombie, partition.topic, ["zombie=1"]);
    await zombie.flush();
    await transactional(client, name("id"));
    await rejects(zombie.commit(), ProducerFencedError);
    deepEqual((await readUntil(client, partition, 2)).rows, []);
  });

  test("a transaction that takes too long is aborted, its producer fenced", async ({ client, name }) => {
    const partition = await topicOf(client, name("slow"));
    const producer = client.producer({ transactionalId: name("id"), transactionTimeoutMs: 1_000 });
    await producer.init();
    producer.begin();
    appendAll(producer, partition.topic, ["slow=1"]);
    await producer.flush();
    // However often a cluster looks for such transactions: once one is aborted, its marker is there.
    await markersArrived(client, partition);
    await rejects(producer.commit(), ProducerFencedError);
    deepEqual((await readUntil(client, partition, 2)).rows, []);
  });

  test("after an abort the same producer goes on", async ({ client, name }) => {
    const partition = await topicOf(client, name("goes-on"));
    const producer = await transactional(client, name("id"));
    producer.begin();
    appendAll(producer, partition.topic, ["never-sent=1"]);
    await producer.abort();
    producer.begin();
    appendAll(producer, partition.topic, ["sent=1", "sent=2"]);
    await producer.commit();
    const rows = (await readToEnd(client, partition, "read_committed")).map((row) => row.split(":")[1]);
    deepEqual(rows, ["sent=1", "sent=2"]);
  });

  test("writing without begin is refused", async ({ client, name }) => {
    const partition = await topicOf(client, name("no-begin"));
    const producer = await transactional(client, name("id"));
    throws(() => producer.append(partition.topic, 0, null, bytes("v"), 0), FatalClientError);
    producer.begin();
    throws(() => producer.begin(), FatalClientError);
  });
}

/** Of 50 ms each. */
const POLLS_MAX = 600;

/** Reads committed records until the position is `end` (markers may still be on their way). */
async function readUntil(
  client: KafkaClient,
  partition: TopicPartition,
  end: number,
  maxBytes = 1 << 20,
  from = 0,
): Promise<{ rows: string[]; position: number }> {
  const consumer = client.restoreConsumer({ isolation: "read_committed", fetchMaxBytesPerPartition: maxBytes });
  consumer.assign(new Map([[partition, from]]));
  const found: string[] = [];
  for (let polls = 0; consumer.position(partition) < end && polls < POLLS_MAX; polls++) {
    found.push(...rows(await consumer.poll(50)));
  }
  const position = consumer.position(partition);
  await consumer.close();
  return { rows: found, position };
}
