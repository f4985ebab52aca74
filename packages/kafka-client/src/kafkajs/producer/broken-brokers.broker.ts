import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { sleep, systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readToEnd } from "../../conformance/records-at-hand.js";
import { RetriableError } from "../../port/errors.js";
import { tp, type TopicPartition } from "../../port/topic-partition.js";
import { kafka } from "../kafka.js";
import type { KafkajsClient } from "../kafkajs-client.js";

const PARTITIONS = 3;
const MINUTE_MS = 60_000;
const { scheduler, clock } = systemEnvironment();

/** What befalls the broker, in its own words and ours. */
type Blow = (cluster: Cluster) => Promise<void>;
const blows: Readonly<Record<string, Blow>> = {
  "a kill": async ({ nodes: [node] }) => {
    await node!.kill();
    await node!.start();
  },
  "a stop": async ({ nodes: [node] }) => {
    await node!.stop();
    await node!.start();
  },
  "a freeze longer than a request may take": async ({ nodes: [node] }) => {
    node!.pause();
    await sleep(scheduler, 4_000);
    node!.resume();
  },
};

const values = (rows: readonly string[]): string[] => rows.map((row) => row.slice(row.indexOf("=") + 1));

describe.runIf(canStartBrokers)("a producer whose broker fails in the middle", { timeout: 4 * MINUTE_MS }, () => {
  let cluster: Cluster;
  let client: KafkajsClient;
  let topics = 0;

  beforeAll(async () => {
    cluster = await startBroker({ properties: { "transaction.state.log.load.buffer.size": "1048576" } });
    client = kafka({ brokers: cluster.brokers, requestTimeoutMs: 2_000 });
  }, 2 * MINUTE_MS);

  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  async function newTopic(): Promise<TopicPartition[]> {
    const name = `broken-${++topics}`;
    await client.admin().createTopics([{ name, partitions: PARTITIONS }]);
    return Array.from({ length: PARTITIONS }, (_, partition) => tp(name, partition));
  }

  for (const [name, blow] of Object.entries(blows)) {
    test(`stores each record once and in order over ${name}`, async () => {
      const partitions = await newTopic();
      const sent: string[][] = partitions.map(() => []);
      const producer = client.producer({ batchBytes: 2_000, bufferBytesMax: 2_000_000 });
      let over = false;
      const trouble = sleep(scheduler, 300)
        .then(() => blow(cluster))
        .finally(() => (over = true));
      for (let round = 0; !over || round < 20; round++) {
        for (let record = 0; record < 100; record++) {
          const value = `${round}/${record}`;
          const partition = partitions[record % PARTITIONS]!;
          producer.append(partition.topic, partition.partition, null, Buffer.from(value), clock.nowMs());
          sent[record % PARTITIONS]!.push(value);
        }
        await producer.drained();
        await sleep(scheduler, 5);
      }
      await trouble;
      await producer.flush();
      for (const [index, partition] of partitions.entries()) {
        expect(values(await readToEnd(client, partition, "read_uncommitted"))).toEqual(sent[index]);
      }
      await producer.close();
    });

    test(`commits transactions whole, once and in order over ${name}`, async () => {
      const partitions = await newTopic();
      const committed: string[][] = partitions.map(() => []);
      const group = { groupId: `group-${topics}`, generation: -1, memberId: "", instanceId: null };
      const producer = client.producer({ transactionalId: `broken-${topics}` });
      await producer.init();
      let over = false;
      const trouble = sleep(scheduler, 300)
        .then(() => blow(cluster))
        .finally(() => (over = true));
      let round = 0;
      for (; !over || round < 20; round++) {
        producer.begin();
        const written: string[][] = partitions.map(() => []);
        for (let record = 0; record < 50; record++) {
          const value = `${round}/${record}`;
          producer.append(partitions[0]!.topic, record % PARTITIONS, null, Buffer.from(value), clock.nowMs());
          written[record % PARTITIONS]!.push(value);
        }
        await producer.flush();
        if (round % 5 === 4) {
          await producer.abort();
          continue;
        }
        await producer.sendOffsets(new Map([[partitions[0]!, { offset: round }]]), group);
        await producer.commit();
        for (const [index, each] of written.entries()) committed[index]!.push(...each);
      }
      await trouble;
      await producer.close();
      for (const [index, partition] of partitions.entries()) {
        expect(values(await readToEnd(client, partition, "read_committed"))).toEqual(committed[index]);
      }
      const lastCommitted = round - 1 - (round % 5 === 0 ? 1 : 0);
      const offsets = await client.admin().groupOffsets(group.groupId);
      expect(offsets.get(partitions[0]!)?.offset).toBe(lastCommitted);
    });
  }

  test("records that cannot be delivered in time fail typed; closing does not wait for the broker", async () => {
    const [partition] = await newTopic();
    const errors: (Error | null)[] = [];
    const producer = client.producer({
      deliveryTimeoutMs: 3_000,
      onBatch: (...[, , , , error]) => errors.push(error),
    });
    producer.append(partition!.topic, 0, null, Buffer.from("stored"), clock.nowMs());
    await producer.flush();
    await cluster.nodes[0]!.kill();
    producer.append(partition!.topic, 0, null, Buffer.from("late"), clock.nowMs());
    await producer.flush();
    expect(errors).toEqual([null, expect.any(RetriableError)]);
    await producer.close();
    await cluster.nodes[0]!.start();
    expect(values(await readToEnd(client, partition!, "read_uncommitted"))).toEqual(["stored"]);
  });
});
