import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { sleep, systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ContractMember } from "../conformance/group-member.js";
import { bytes, readToEnd } from "../conformance/records-at-hand.js";
import { MemberLostError, RebalanceInProgressError, TransactionAbortableError } from "../port/errors.js";
import type { OffsetAndMetadata } from "../port/consumer.js";
import type { StreamsProducer } from "../port/producer.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import { kafka } from "./kafka.js";
import type { KafkajsClient } from "./kafkajs-client.js";

const MINUTE_MS = 60_000;
const WAIT = { timeout: MINUTE_MS, interval: 200 };
const PARTITIONS = 3;
const { scheduler, clock } = systemEnvironment();

const partitionsOf = (topic: string): TopicPartition[] =>
  Array.from({ length: PARTITIONS }, (_, partition) => tp(topic, partition));

/** What one test works with: topics, group and transactional id of its own. */
class Names {
  readonly input: string;
  readonly output: string;
  readonly copier: string;

  constructor(stem: string) {
    this.input = `${stem}-input`;
    this.output = `${stem}-output`;
    this.copier = `${stem}-copier`;
  }
}

/** Leaders go back to the node that is to have them a second after it is in sync again, and not after five minutes. */
const ELECTING = { "leader.imbalance.check.interval.seconds": "1", "leader.imbalance.per.broker.percentage": "0" };

describe.runIf(canStartBrokers)("three brokers, one after the other", { timeout: 6 * MINUTE_MS }, () => {
  let cluster: Cluster;
  let client: KafkajsClient;

  beforeAll(async () => {
    cluster = await startBroker({ brokers: 3, properties: ELECTING });
    client = kafka({ brokers: cluster.brokers, requestTimeoutMs: 5_000 });
  }, 4 * MINUTE_MS);
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  /**
   * Each goes until its partitions have another leader; its groups and transactions move as well. Then it comes back, and is
   * elected again.
   */
  async function takeEachAway(how: "kill" | "stop", { input }: Names): Promise<void> {
    const preferred = await leaders(input);
    expect(new Set(preferred).size).toBe(PARTITIONS);
    for (const node of cluster.nodes) {
      await sleep(scheduler, 1_000);
      await node[how]();
      const led = preferred.indexOf(node.id);
      const elected = async (): Promise<void> => expect([null, node.id]).not.toContain((await leaders(input))[led]);
      await vi.waitFor(elected, WAIT);
      await node.start();
      await inSync(input);
      await vi.waitFor(async () => expect(await leaders(input)).toEqual(preferred), WAIT);
    }
  }

  async function leaders(topic: string): Promise<readonly (number | null)[]> {
    const described = (await client.admin().describeTopics([topic])).get(topic);
    return described!.placement.map(({ leader }) => leader);
  }

  /** Two must be in sync for every write: no second one goes before the first has caught up. */
  async function inSync(topic: string): Promise<void> {
    const whole = async (): Promise<void> => {
      const described = (await client.admin().describeTopics([topic])).get(topic);
      expect(described!.placement.map(({ inSync: ids }) => ids.length)).toEqual([3, 3, 3]);
    };
    await vi.waitFor(whole, WAIT);
  }

  test.each([
    ["killed", "kill"],
    ["stopped in order", "stop"],
  ] as const)(
    "%s: what is written, read, transformed in transactions and committed is neither lost nor doubled",
    async (_name, how) => {
      const names = new Names(how);
      const { input, output } = names;
      await client.admin().createTopics([input, output].map((name) => ({ name, partitions: PARTITIONS })));
      const written: string[][] = partitionsOf(input).map(() => []);
      let over = false;
      const trouble = takeEachAway(how, names).finally(() => (over = true));
      const writing = writeUntil(() => over, client.producer({}), { input, written });
      const processor = new Processor(client, names);
      while (!over) await processor.turn();
      await trouble;
      await writing;
      while (!(await processor.caughtUp())) await processor.turn();
      await processor.close();
      for (const partition of partitionsOf(output)) {
        const values = (await readToEnd(client, partition, "read_committed")).map((row) => row.split("=")[1]);
        expect(values).toEqual(written[partition.partition]);
      }
    },
  );
});

/** Writes numbers in order to every partition, and waits for each handful to be acknowledged. */
async function writeUntil(
  over: () => boolean,
  producer: StreamsProducer,
  { input, written }: { readonly input: string; readonly written: string[][] },
): Promise<void> {
  for (let round = 0; !over(); round++) {
    for (const { topic, partition } of partitionsOf(input)) {
      const value = `${round}/${partition}`;
      producer.append(topic, partition, bytes("k"), bytes(value), clock.nowMs());
      written[partition]!.push(value);
    }
    await producer.flush();
    await sleep(scheduler, 20);
  }
  await producer.close();
}

/** Copies input to output exactly once, as a member of a group, with its offsets in the transactions. */
class Processor {
  readonly #client: KafkajsClient;
  readonly #names: Names;
  readonly #member: ContractMember;
  readonly #producer: StreamsProducer;
  #initialised = false;

  constructor(client: KafkajsClient, names: Names) {
    this.#client = client;
    this.#names = names;
    this.#member = new ContractMember(client, { groupId: names.copier, sessionTimeoutMs: 10_000 }, "cooperative");
    this.#member.subscribe([names.input]);
    this.#producer = client.producer({ transactionalId: names.copier });
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
        if (value !== null) this.#producer.append(this.#names.output, from.partition, key, Buffer.from(value), 1_000);
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
    const partitions = partitionsOf(this.#names.input);
    const ends = await this.#client.admin().listOffsets(partitions, "latest", "read_committed");
    const offsets = await this.#client.admin().groupOffsets(this.#names.copier);
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
