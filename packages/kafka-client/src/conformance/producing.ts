import { deepEqual, equal, rejects } from "node:assert/strict";
import { MissingTopicError, RecordRefusedError } from "../port/errors.js";
import { tp } from "../port/topic-partition.js";
import type { Declare } from "./contract.js";
import { bytes, readToEnd, topicOf, writeAll } from "./records-at-hand.js";

/** Rules of the producer without transactions. */
export function producing(test: Declare): void {
  test("records come back in order, with their nulls and empty values", async ({ client, name }) => {
    const partition = await topicOf(client, name("in-order"));
    const producer = client.producer({});
    producer.append(partition.topic, 0, bytes("a"), bytes("1"), 5);
    producer.append(partition.topic, 0, null, bytes(""), 3);
    producer.append(partition.topic, 0, bytes(""), null, 9);
    deepEqual(await producer.flush(), new Map([[partition, 3]]));
    deepEqual(await readToEnd(client, partition, "read_committed"), ["0:a=1", "1:null=", "2:=null"]);
  });

  test("timestamps keep their value, whatever their order and size", async ({ client, name }) => {
    const partition = await topicOf(client, name("timestamps"));
    const timestamps = [0, 1_700_000_000_000, 5, 1_600_000_000_000, 1];
    const producer = client.producer({});
    for (const timestamp of timestamps) producer.append(partition.topic, 0, null, bytes("v"), timestamp);
    await producer.flush();
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    const seen: number[] = [];
    for (const { records } of await consumer.poll(60_000)) while (records.next()) seen.push(records.timestamp);
    deepEqual(seen, timestamps);
  });

  test("headers keep order, doubles and null values", async ({ client, name }) => {
    const partition = await topicOf(client, name("headers"));
    const headers = [
      { key: "b", value: bytes("1") },
      { key: "a", value: null },
      { key: "b", value: bytes("") },
      { key: "ü", value: Uint8Array.of(0, 255) },
    ];
    const producer = client.producer({});
    producer.append(partition.topic, 0, null, bytes("v"), 0, headers);
    producer.append(partition.topic, 0, null, bytes("v"), 0, []);
    await producer.flush();
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    const [fetched] = await consumer.poll(60_000);
    equal(fetched?.records.next(), true);
    const plain = (fetched?.records.headers() ?? []).map(({ key, value }) => [key, value === null ? null : [...value]]);
    deepEqual(plain, [
      ["b", [49]],
      ["a", null],
      ["b", []],
      ["ü", [0, 255]],
    ]);
    equal(fetched?.records.next(), true);
    equal(fetched?.records.headers(), null);
  });

  test("key and value are copied: the caller may use its buffers again", async ({ client, name }) => {
    const partition = await topicOf(client, name("copied"));
    const buffer = Buffer.alloc(200, "a");
    const producer = client.producer({});
    producer.append(partition.topic, 0, buffer.subarray(0, 2), buffer, 0);
    buffer.fill("b");
    await producer.flush();
    deepEqual(await readToEnd(client, partition, "read_committed"), [`0:aa=${"a".repeat(200)}`]);
  });

  test("append counts per partition, and onBatch reports every batch in that order", async ({ client, name }) => {
    const topic = name("reports");
    await topicOf(client, topic, 2);
    const reports: [number, number, number, number][] = [];
    const producer = client.producer({
      batchBytes: 300,
      onBatch: ({ partition }, first, count, base, error) => {
        equal(error, null);
        reports.push([partition, first, count, base]);
      },
    });
    const sequences: number[] = [];
    for (let index = 0; index < 20; index++) {
      sequences.push(producer.append(topic, index % 2, bytes("key"), Buffer.alloc(80), index));
    }
    deepEqual(
      sequences,
      Array.from({ length: 20 }, (_, index) => Math.floor(index / 2)),
    );
    const acked = await producer.flush();
    deepEqual(
      acked,
      new Map([
        [tp(topic, 0), 10],
        [tp(topic, 1), 10],
      ]),
    );
    equal(producer.acked(tp(topic, 1)), 10);
    for (const partition of [0, 1]) {
      let next = 0;
      for (const [, first, count, base] of reports.filter(([reported]) => reported === partition)) {
        deepEqual([first, base], [next, next]);
        next += count;
      }
      equal(next, 10);
    }
  });

  test("a picker is given the partition count", async ({ client, name }) => {
    const topic = name("picked");
    await topicOf(client, topic, 3);
    const producer = client.producer({});
    producer.append(topic, (count) => count - 1, null, bytes("v"), 0);
    deepEqual(await producer.flush(), new Map([[tp(topic, 2), 1]]));
    equal(producer.partitionsFor(topic), 3);
  });

  test("a picker may choose several partitions, or none", async ({ client, name }) => {
    const topic = name("several");
    await topicOf(client, topic, 3);
    const producer = client.producer({});
    equal(
      producer.append(topic, (count) => [0, count - 1], bytes("k"), bytes("twice"), 0),
      -1,
    );
    producer.append(topic, () => [], bytes("k"), bytes("nowhere"), 0);
    producer.append(topic, () => 0, bytes("k"), bytes("once"), 0);
    deepEqual(
      await producer.flush(),
      new Map([
        [tp(topic, 0), 2],
        [tp(topic, 2), 1],
      ]),
    );
    producer.append(topic, () => [1, 2], bytes("k"), bytes("again"), 0);
    producer.append(topic, () => [], bytes("k"), bytes("nowhere"), 0);
    await producer.flush();
    deepEqual(await readToEnd(client, tp(topic, 0), "read_committed"), ["0:k=twice", "1:k=once"]);
    deepEqual(await readToEnd(client, tp(topic, 1), "read_committed"), ["0:k=again"]);
    deepEqual(await readToEnd(client, tp(topic, 2), "read_committed"), ["0:k=twice", "1:k=again"]);
  });

  test("records whose topic is looked up keep their order, those with a partition of their own among them", async ({
    client,
    name,
  }) => {
    const partition = await topicOf(client, name("looked-up"));
    const producer = client.producer({});
    for (const [index, value] of ["a", "b", "c", "d"].entries()) {
      producer.append(partition.topic, index % 2 === 0 ? () => 0 : 0, null, bytes(value), 0);
    }
    await producer.flush();
    const rows = await readToEnd(client, partition, "read_committed");
    deepEqual(rows, ["0:null=a", "1:null=b", "2:null=c", "3:null=d"]);
  });

  test("a record the log does not take is refused, and the producer goes on", async ({ client, name }) => {
    const partition = await topicOf(client, name("refused"), 1, { "cleanup.policy": "compact" });
    const reports: string[] = [];
    const producer = client.producer({
      onBatch: (...[, first, count, base, error]) => reports.push(`${first}+${count}@${base} ${error?.name ?? "ok"}`),
    });
    producer.append(partition.topic, 0, bytes("a"), bytes("1"), 0);
    await producer.flush();
    const refused = async (): Promise<void> => {
      producer.append(partition.topic, 0, null, bytes("no key"), 0);
      await producer.flush();
      const error = reports.pop();
      if (error !== undefined) throw new RecordRefusedError(error);
    };
    await rejects(refused(), RecordRefusedError);
    producer.append(partition.topic, 0, bytes("b"), bytes("2"), 0);
    await producer.flush();
    deepEqual(await readToEnd(client, partition, "read_committed"), ["0:a=1", "1:b=2"]);
  });

  test("what is appended is sent by itself, without a flush", async ({ client, name }) => {
    const partition = await topicOf(client, name("lingering"));
    const producer = client.producer({ lingerMs: 5 });
    producer.append(partition.topic, 0, bytes("k"), bytes("v"), 0);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    equal((await consumer.poll(60_000)).length, 1);
  });

  test("drained waits until the buffer is below its bound", async ({ client, name }) => {
    const partition = await topicOf(client, name("bounded"));
    const producer = client.producer({ bufferBytesMax: 10_000, batchBytes: 1_000 });
    for (let index = 0; index < 200; index++) producer.append(partition.topic, 0, null, Buffer.alloc(100), index);
    equal(producer.bufferedBytes > 10_000, true);
    await producer.drained();
    equal(producer.bufferedBytes <= 10_000, true);
    deepEqual(await producer.flush(), new Map([[partition, 200]]));
    equal(producer.bufferedBytes, 0);
  });

  test("gzip-compressed batches read like others", async ({ client, name }) => {
    if (!client.capabilities.compression.has("gzip")) return;
    const partition = await topicOf(client, name("gzip"));
    const producer = client.producer({ compression: "gzip" });
    for (let index = 0; index < 5; index++)
      producer.append(partition.topic, 0, bytes("k"), bytes("v".repeat(50)), index);
    await producer.flush();
    await writeAll(client, partition.topic, ["plain=p"]);
    const read = await readToEnd(client, partition, "read_committed");
    deepEqual(read, [...Array.from({ length: 5 }, (_, index) => `${index}:k=${"v".repeat(50)}`), "5:plain=p"]);
  });

  test("a topic that does not exist is a typed error", async ({ client, name }) => {
    const topic = name("missing");
    const producer = client.producer({});
    const write = async (): Promise<void> => {
      producer.append(topic, 0, null, bytes("v"), 0);
      await producer.flush();
    };
    await rejects(write(), MissingTopicError);
  });
}
