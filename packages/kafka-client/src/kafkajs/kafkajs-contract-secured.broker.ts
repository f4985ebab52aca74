import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { systemEnvironment, systemRandomness } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runClientContract } from "../conformance/index.js";
import { AuthorizationError } from "../port/errors.js";
import { tp } from "../port/topic-partition.js";
import { kafka } from "./kafka.js";
import type { KafkaOptions } from "./kafka-options.js";
import type { KafkajsClient } from "./kafkajs-client.js";

const START_MS = 300_000;
const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

describe.runIf(canStartBrokers)("three brokers behind TLS and a login", () => {
  let cluster: Cluster;
  beforeAll(async () => {
    cluster = await startBroker({ brokers: 3, sasl: true, tls: true });
  }, START_MS);
  afterAll(() => cluster?.close());

  const connect = (options: Partial<KafkaOptions> = {}): KafkajsClient => {
    const sasl = { mechanism: "scram-sha-512", ...cluster.user! } as const;
    return kafka({
      brokers: cluster.brokers,
      ssl: { ca: cluster.certificate! },
      sasl,
      metadataMaxAgeMs: 500,
      ...options,
    });
  };

  runClientContract({ describe, it: it.concurrent }, () => {
    const environment = systemEnvironment();
    return Promise.resolve({
      environment,
      connect,
      compact: () => Promise.resolve(),
      drive: (work) => work,
      close: () => Promise.resolve(),
    });
  });

  it.each(mechanisms)("let a client in by %s", async (mechanism) => {
    await using client = connect({ sasl: { mechanism, ...cluster.user! } });
    expect(await client.clusterId()).toMatch(/\S+/u);
  });

  it.each(mechanisms)("turn a wrong password away by %s, without trying again", async (mechanism) => {
    await using client = connect({ sasl: { mechanism, username: "millrace", password: "guessed" } });
    await expect(client.clusterId()).rejects.toThrow(AuthorizationError);
  });

  it("turn away a client that does not trust the certificate", async () => {
    await using client = connect({ ssl: true });
    await expect(client.clusterId()).rejects.toThrow(AuthorizationError);
  });

  it("keep every record once and in order when a leader is killed amid the writing", async () => {
    await using client = connect();
    const topic = `leader-killed-${systemRandomness.uuid()}`;
    await client.admin().createTopics([{ name: topic, partitions: 3 }]);
    const producer = client.producer({});
    const perPartition = 3_000;
    for (let round = 0; round < perPartition; round++) {
      for (let partition = 0; partition < 3; partition++) {
        producer.append(topic, partition, null, Buffer.from(String(round)), 1_000);
      }
      if (round % 50 === 0) await producer.drained();
      // Acknowledged once, so that its partitions' leaders have been at work.
      if (round === perPartition / 3) await producer.flush();
      if (round === perPartition / 2) await cluster.nodes[0]!.kill();
    }
    await producer.flush();
    await producer.close();
    const expected = Array.from({ length: perPartition }, (_, round) => String(round));
    for (let partition = 0; partition < 3; partition++) {
      expect(await values(client, topic, partition)).toEqual(expected);
    }
    await cluster.nodes[0]!.start();
  });
});

async function values(client: KafkajsClient, topic: string, partition: number): Promise<string[]> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const of = tp(topic, partition);
  const end = (await consumer.endOffsets([of], "read_uncommitted")).get(of)!;
  consumer.assign(new Map([[of, 0]]));
  const read: string[] = [];
  while (consumer.position(of) < end) {
    for (const { records } of await consumer.poll(1_000)) {
      while (records.next()) read.push(Buffer.from(records.record().value!).toString());
    }
  }
  await consumer.close();
  return read;
}
