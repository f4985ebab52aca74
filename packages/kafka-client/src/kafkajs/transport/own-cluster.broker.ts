import { startBroker, type Cluster } from "@millrace/broker-harness";
import { systemEnvironment } from "@millrace/kernel";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AuthorizationError, RetriableError } from "../../port/errors.js";
import type { ManualConsumer } from "../../port/consumer.js";
import { tp } from "../../port/topic-partition.js";
import { kafka } from "../kafka.js";
import type { KafkaOptions } from "../kafka-options.js";
import type { KafkajsClient } from "../kafkajs-client.js";

const { clock } = systemEnvironment();
const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function clusterOf(options: Parameters<typeof startBroker>[0]): Promise<Cluster> {
  const cluster = await startBroker(options);
  opened.push(cluster);
  return cluster;
}

function connect(options: KafkaOptions): KafkajsClient {
  const client = kafka(options);
  opened.push(client);
  return client;
}

async function write(client: KafkajsClient, topic: string, value: string): Promise<void> {
  const producer = client.producer({});
  producer.append(topic, 0, null, Buffer.from(value), clock.nowMs());
  await producer.flush();
  await producer.close();
}

async function next(consumer: ManualConsumer): Promise<string> {
  for (;;) {
    for (const { records } of await consumer.poll(1_000)) {
      if (records.next()) return Buffer.from(records.record().value!).toString();
    }
  }
}

describe("a cluster of its own", () => {
  it("is entered with TLS and a password, and not without", async () => {
    const { brokers, user, certificate } = await clusterOf({ sasl: true, tls: true });
    const ssl = { ca: [certificate!] };
    const { username, password } = user!;
    for (const mechanism of ["plain", "scram-sha-256", "scram-sha-512"] as const) {
      const client = connect({ brokers, ssl, sasl: { mechanism, username, password } });
      expect(await client.admin().listTopics()).toEqual([]);
    }
    const sasl = { mechanism: "scram-sha-512", username, password } as const;
    const refused: readonly KafkaOptions[] = [
      { brokers, ssl, sasl: { ...sasl, password: "wrong" } },
      { brokers, ssl, sasl: { ...sasl, mechanism: "plain", password: "wrong" } },
      { brokers, ssl: true, sasl },
    ];
    for (const options of refused) await expect(connect(options).clusterId()).rejects.toThrow(AuthorizationError);
  });

  it("may go away and come back: readers, writers and administration go on", async () => {
    const cluster = await clusterOf({});
    const node = cluster.nodes[0]!;
    const client = connect({ brokers: cluster.brokers });
    await client.admin().createTopics([{ name: "t", partitions: 1 }]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    consumer.assign(new Map([[tp("t", 0), 0]]));
    await write(client, "t", "before");
    expect(await next(consumer)).toBe("before");
    await node.kill();
    const described = client.admin().describeTopics(["t"]);
    expect(await consumer.poll(500)).toEqual([]);
    await node.start();
    expect((await described).get("t")?.partitions).toBe(1);
    await write(client, "t", "after");
    expect(await next(consumer)).toBe("after");
  });

  it("may fall silent: what is not answered in time is asked again", async () => {
    const cluster = await clusterOf({});
    const node = cluster.nodes[0]!;
    const client = connect({ brokers: cluster.brokers, requestTimeoutMs: 500, connectionTimeoutMs: 500 });
    await client.admin().createTopics([{ name: "t", partitions: 1 }]);
    const impatient = connect({
      brokers: cluster.brokers,
      requestTimeoutMs: 500,
      connectionTimeoutMs: 500,
      apiTimeoutMs: 1_500,
    });
    await impatient.clusterId();
    node.pause();
    // What is on its way when it falls silent may still be answered.
    await vi.waitFor(() => expect(impatient.admin().listTopics()).rejects.toThrow(RetriableError), 30_000);
    const listed = client.admin().listTopics();
    // Its giving up shows that several attempts of the other one have failed by then.
    await expect(impatient.admin().listTopics()).rejects.toThrow(RetriableError);
    node.resume();
    expect(await listed).toEqual(["t"]);
  });

  it("may lose the leader: readers follow it to another broker", async () => {
    const cluster = await clusterOf({ brokers: 3 });
    const client = connect({ brokers: cluster.brokers });
    await client.admin().createTopics([{ name: "t", partitions: 3 }]);
    const consumer = client.restoreConsumer({ isolation: "read_committed" });
    const partitions = [0, 1, 2].map((partition) => tp("t", partition));
    consumer.assign(new Map(partitions.map((partition) => [partition, 0])));
    await cluster.nodes[0]!.kill();
    const producer = client.producer({});
    for (const { partition } of partitions) producer.append("t", partition, null, Buffer.from("v"), clock.nowMs());
    await producer.flush();
    const seen = new Set<number>();
    while (seen.size < 3) for (const fetched of await consumer.poll(1_000)) seen.add(fetched.tp.partition);
    expect([...(await client.admin().listOffsets(partitions, "latest", "read_committed")).values()]).toEqual([1, 1, 1]);
  });
});
