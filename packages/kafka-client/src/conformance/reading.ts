import { deepEqual, equal, rejects } from "node:assert/strict";
import type { GroupAssignor } from "../port/consumer.js";
import { OffsetOutOfRangeError } from "../port/errors.js";
import { tp } from "../port/topic-partition.js";
import { LATE_MS_MAX, type Declare } from "./contract.js";
import { bytes, pollRows, rows, topicOf, writeAll } from "./records-at-hand.js";

/** Rules of positions, waiting and bounds. */
export function reading(test: Declare): void {
  test("assign starts at the given offset; partitions that stay keep their position", async ({ client, name }) => {
    const topic = name("assigned");
    const partition = await topicOf(client, topic, 2);
    await writeAll(client, topic, ["a=0", "b=1", "c=2"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 1]]));
    deepEqual(await pollRows(consumer, 2), ["1:b=1", "2:c=2"]);
    consumer.assign(
      new Map([
        [partition, 0],
        [tp(topic, 1), 0],
      ]),
    );
    equal(consumer.position(partition), 3);
    consumer.seek(partition, 2);
    deepEqual(await pollRows(consumer, 1), ["2:c=2"]);
  });

  test("a paused partition waits, and goes on where it was", async ({ client, name }) => {
    const partition = await topicOf(client, name("paused"));
    await writeAll(client, partition.topic, ["a=0"]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    consumer.pause([partition]);
    deepEqual(await consumer.poll(20), []);
    consumer.resume([partition]);
    deepEqual(await pollRows(consumer, 1), ["0:a=0"]);
  });

  test("poll waits for data no longer than asked, and returns as soon as there is some", async ({
    world,
    client,
    name,
  }) => {
    const { clock } = world.environment;
    const { lateMsMax = LATE_MS_MAX } = world;
    const partition = await topicOf(client, name("waiting"));
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    const startMs = clock.monotonicMs();
    deepEqual(await consumer.poll(100), []);
    const waitedMs = clock.monotonicMs() - startMs;
    equal(waitedMs >= 99 && waitedMs <= 100 + lateMsMax, true, `waited ${waitedMs} ms`);
    const polled = consumer.poll(60_000);
    await writeAll(client, partition.topic, ["a=0"]);
    deepEqual(rows(await polled), ["0:a=0"]);
    equal(clock.monotonicMs() - startMs < 30_000, true);
  });

  test("wakeup ends a poll at once: the running one, or the next", async ({ world, client, name }) => {
    const { clock } = world.environment;
    const partition = await topicOf(client, name("woken"));
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    const startMs = clock.monotonicMs();
    const polled = consumer.poll(60_000);
    consumer.wakeup();
    deepEqual(await polled, []);
    consumer.wakeup();
    deepEqual(await consumer.poll(60_000), []);
    equal(clock.monotonicMs() - startMs < 30_000, true);
  });

  test("an offset that is gone is a typed error with the log's start", async ({ client, name }) => {
    const partition = await topicOf(client, name("gone"));
    await writeAll(client, partition.topic, ["a=0", "b=1", "c=2"]);
    await client.admin().deleteRecords(new Map([[partition, 2]]));
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[partition, 0]]));
    await rejects(consumer.poll(60_000), (error) => {
      equal(error instanceof OffsetOutOfRangeError, true);
      const { partition: where, offset, logStart } = error as OffsetOutOfRangeError;
      deepEqual([where, offset, logStart], [partition, 0, 2]);
      return true;
    });
    deepEqual(await consumer.beginningOffsets([partition]), new Map([[partition, 2]]));
    consumer.seek(partition, 2);
    deepEqual(await pollRows(consumer, 1), ["2:c=2"]);
  });

  test("nextOffset follows on from fetch to fetch, over batch borders and inside them", async ({ client, name }) => {
    const partition = await topicOf(client, name("pieces"));
    const producer = client.producer({ batchBytes: 2_000 });
    for (let index = 0; index < 300; index++)
      producer.append(partition.topic, 0, bytes(`k${index}`), Buffer.alloc(50), index);
    await producer.flush();
    const consumer = client.groupConsumer({
      groupId: name("group"),
      isolation: "read_committed",
      offsetReset: { fallback: "earliest" },
      maxPollRecords: 7,
    });
    consumer.subscribe([partition.topic], soleAssignor, silentListener);
    const offsets: number[] = [];
    for (let polls = 0; offsets.length < 300 && polls < 200; polls++) {
      for (const { records, nextOffset, countHint } of await consumer.poll(100)) {
        const before = offsets.length;
        while (records.next()) offsets.push(records.offset);
        equal(offsets.length - before <= 7 && countHint <= 7, true);
        equal(nextOffset, offsets.at(-1)! + 1);
        equal(consumer.position(partition), nextOffset);
      }
    }
    deepEqual(
      offsets,
      Array.from({ length: 300 }, (_, index) => index),
    );
    await consumer.close();
  });

  test("every partition gets its turn", async ({ world, client, name }) => {
    const topic = name("fair");
    await topicOf(client, topic, 4);
    const producer = client.producer({});
    for (let index = 0; index < 4_000; index++) producer.append(topic, index % 4, null, bytes("v"), index);
    await producer.flush();
    const consumer = client.groupConsumer({
      groupId: name("group"),
      isolation: "read_committed",
      offsetReset: { fallback: "earliest" },
      maxPollRecords: 10,
    });
    consumer.subscribe([topic], soleAssignor, silentListener);
    const seen = new Set<number>();
    // Fewer polls than one partition alone would take, and time for the answers of other brokers in between.
    for (let polls = 0; seen.size < 4 && polls < 90; polls++) {
      for (const { tp: from } of await consumer.poll(50)) seen.add(from.partition);
      await new Promise<void>((resolve) => world.environment.scheduler.after(25, resolve));
    }
    deepEqual([...seen].sort(), [0, 1, 2, 3]);
    await consumer.close();
  });
}

/** For groups of one: everything to everybody. */
const soleAssignor = {
  name: "sole",
  version: 0,
  protocol: "eager",
  subscriptionUserData: () => null,
  assign: (cluster, members) => {
    const partitions = [...cluster.topics.values()].flatMap((topic) =>
      Array.from({ length: topic.partitions }, (_, index) => tp(topic.name, index)),
    );
    return Promise.resolve(new Map(members.map(({ memberId }) => [memberId, { partitions, userData: null }])));
  },
  onAssignment: () => undefined,
} satisfies GroupAssignor;

const silentListener = {
  onRevoked: () => Promise.resolve(),
  onAssigned: () => Promise.resolve(),
  onLost: () => Promise.resolve(),
};
