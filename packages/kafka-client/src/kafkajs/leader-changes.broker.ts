import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { sleep, systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ContractMember } from "../conformance/group-member.js";
import { bytes, readToEnd } from "../conformance/records-at-hand.js";
import { MemberLostError, RebalanceInProgressError, TransactionAbortableError } from "../port/errors.js";
import type { OffsetAndMetadata } from "../port/consumer.js";
import type { StreamsProducer } from "../port/producer.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import { kafka } from "./kafka.js";
import type { KafkajsClient } from "./kafkajs-client.js";

const MINUTE_MS = 60_000;
const PARTITIONS = 3;
const { scheduler, clock } = systemEnvironment();

const partitionsOf = (topic: string): TopicPartition[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => tp(topic, partition));

describe.runIf(canStartBrokers)("three brokers, killed one after the other", { timeout: 6 * MINUTE_MS }, () => {
  let cluster: Cluster;
  let client: KafkajsClient;

  beforeAll(async () => {
    cluster = await startBroker({ brokers: 3 });
    client = kafka({ brokers: cluster.brokers, requestTimeoutMs: 5_000 });
  }, 4 * MINUTE_MS);
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  /** Each goes for a while: its partitions, groups and transactions move to the others, and some of them back. */
  async function killEachOnce(): Promise<void> {
    for (const node of cluster.nodes) {
      await sleep(scheduler, 1_000);
      await node.kill();
      await sleep(scheduler, 2_000);
      await node.start();
      await inSync();
    }
  }

  /** Two must be in sync for every write: no second one is killed before the first has caught up. */
  async function inSync(): Promise<void> {
    const probe = client.producer({});
    for (const { topic, partition } of partitionsOf("input"))
      probe.append(topic, partition, bytes("probe"), null, 1_000);
    await probe.flush();
    await probe.close();
    await sleep(scheduler, 3_000);
  }

  test("records are written, read, transformed in transactions and committed: none lost, none doubled", async () => {
    await client.admin().createTopics(["input", "output"].map((name) => ({ name, partitions: PARTITIONS })));
    const written: string[][] = partitionsOf("input").map(() => []);
    let over = false;
    const writer = client.producer({});
    const trouble = killEachOnce().finally(() => (over = true));
    const writing = writeUntil(() => over, writer, written);
    const processor = new Processor(client);
    while (!over) await processor.turn();
    await trouble;
    await writing;
    const expected = written.map((values) => values.length);
    while (!(await processor.caughtUp())) await processor.turn();
    await processor.close();
    for (const partition of partitionsOf("output")) {
      const values = (await readToEnd(client, partition, "read_committed")).map((row) => row.split("=")[1]);
      expect(values.length).toBe(expected[partition.partition]);
      expect(values).toEqual(written[partition.partition]);
    }
  });
});

/** Writes numbers in order to every partition, and waits for each handful to be acknowledged. */
async function writeUntil(over: () => boolean, producer: StreamsProducer, written: string[][]): Promise<void> {
  for (let round = 0; !over(); round++) {
    for (const { topic, partition } of partitionsOf("input")) {
      const value = `${round}/${partition}`;
      producer.append(topic, partition, bytes("k"), bytes(value), clock.nowMs());
      written[partition]!.push(value);
    }
    await producer.flush();
    await sleep(scheduler, 5);
  }
  await producer.close();
}

/** Copies "input" to "output" exactly once, as a member of a group, with its offsets in the transactions. */
class Processor {
  readonly #client: KafkajsClient;
  readonly #member: ContractMember;
  readonly #producer: StreamsProducer;
  #initialised = false;

  constructor(client: KafkajsClient) {
    this.#client = client;
    this.#member = new ContractMember(client, { groupId: "copiers", sessionTimeoutMs: 10_000 }, "cooperative");
    this.#member.subscribe(["input"]);
    this.#producer = client.producer({ transactionalId: "copier" });
  }

  /** Takes what is there and commits it whole; after a failure, begins anew where the group's offsets say. */
  async turn(): Promise<void> {
    if (!this.#initialised) await this.#producer.init();
    this.#initialised = true;
    const { consumer } = this.#member;
    const offsets = new Map<TopicPartition, OffsetAndMetadata>();
    const fetched = await consumer.poll(100);
    if (fetched.length === 0) return;
    this.#producer.begin();
    for (const { tp: from, records, nextOffset } of fetched) {
      while (records.next()) {
        const { key, value } = records.record();
        if (value !== null) this.#producer.append("output", from.partition, key, Buffer.from(value), 1_000);
      }
      offsets.set(from, { offset: nextOffset });
    }
    try {
      await this.#producer.flush();
      await this.#producer.sendOffsets(offsets, consumer.groupMetadata());
      await this.#producer.commit();
    } catch (error) {
      await this.#rewind(error, [...offsets.keys()]);
    }
  }

  /** Nothing of the input is left to copy. */
  async caughtUp(): Promise<boolean> {
    const partitions = partitionsOf("input");
    const ends = await this.#client.admin().listOffsets(partitions, "latest", "read_committed");
    const offsets = await this.#client.admin().groupOffsets("copiers");
    return partitions.every((partition) => offsets.get(partition)?.offset === ends.get(partition));
  }

  async close(): Promise<void> {
    await this.#producer.close();
    await this.#member.consumer.close();
  }

  async #rewind(error: unknown, partitions: readonly TopicPartition[]): Promise<void> {
    const passing = [TransactionAbortableError, MemberLostError, RebalanceInProgressError];
    if (!passing.some((kind) => error instanceof kind)) throw error;
    await this.#producer.abort();
    const { consumer } = this.#member;
    const committed = await consumer.committed(partitions, { stable: true });
    const held = new Set(consumer.assignment());
    for (const partition of partitions) {
      if (held.has(partition)) consumer.seek(partition, committed.get(partition)?.offset ?? 0);
    }
  }
}
