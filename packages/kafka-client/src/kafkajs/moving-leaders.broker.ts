import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { silentLogger, systemEnvironment } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContractRunner } from "../conformance/contract.js";
import { ContractMember, evenly, pollUntil } from "../conformance/group-member.js";
import { runClientContract } from "../conformance/index.js";
import { appendAll, markersArrived, readToEnd, topicOf, transactional } from "../conformance/records-at-hand.js";
import type { KafkaClient } from "../port/client.js";
import { kafka } from "./kafka.js";
import { MovingLeaders } from "./moving-leaders.fixture.js";

const START_MS = 240_000;
const TIMEOUT_MS = 180_000;
const COORDINATED_MS = 10_000;
const PARTITIONS = 6;
/** Members say often that they join again, as they should. */
const environment = systemEnvironment({ logger: silentLogger });
const { clock } = environment;

/** What the contract says of single offsets does not hold while leaders move, and that is the brokers' doing. */
const otherwise: ReadonlySet<string> = new Set([
  // A leader that moves may have a marker written to it twice: what comes after it has other offsets.
  "nextOffset moves past markers and aborted records, without records if need be",
  "an aborted record whose key is the 32-bit number 0 stays hidden",
  "two aborted transactions open at once hide their own records only",
  "aborts are known across fetch borders: by the same producer twice, and from a position inside",
  "transactions may follow each other at once",
  "init fences the earlier owner and ends its transaction",
  // A new leader may not know yet how far its log is replicated, and deletes nothing beyond.
  "an offset that is gone is a typed error with the log's start",
  "a position that is gone is reset by the policy",
  "offsets are found by time, at both ends, and per isolation",
  // Its second may be over before the new leader takes its first record.
  "a transaction that takes too long is aborted, its producer fenced",
  // Nobody has a turn while it has no leader.
  "every partition gets its turn",
]);

const runner: ContractRunner = {
  // Each replica compacts its own log, in its own time.
  describe: (name, body) => (name === "compaction" ? undefined : describe(name, body)),
  it: (name, body) => (otherwise.has(name) ? undefined : it.concurrent(name, body)),
};

describe.runIf(canStartBrokers)("three brokers that take leaderships from each other", { timeout: TIMEOUT_MS }, () => {
  let cluster: Cluster;
  let moving: MovingLeaders;
  beforeAll(async () => {
    cluster = await startBroker({ brokers: 3 });
  }, START_MS);
  afterAll(() => cluster?.close());

  const connect = (): KafkaClient => kafka({ brokers: cluster.brokers, environment, metadataMaxAgeMs: 500 });

  describe("of topics: the contract", () => {
    beforeAll(() => {
      moving = new MovingLeaders(cluster.brokers, { everyMs: 500, topics: null });
    });
    afterAll(async () => {
      await moving.stop();
      expect(moving.moves).toBeGreaterThan(100);
    });

    runClientContract(runner, () =>
      Promise.resolve({
        environment,
        connect,
        compact: () => Promise.resolve(),
        drive: (work) => work,
        close: () => Promise.resolve(),
      }),
    );
  });

  describe("of the topics that groups and transactions are kept in: their coordinators move", () => {
    let client: KafkaClient;
    beforeAll(() => {
      client = connect();
      moving = new MovingLeaders(cluster.brokers, {
        everyMs: 2_000,
        topics: ["__consumer_offsets", "__transaction_state"],
      });
    });
    afterAll(() => client.close());

    it("transactions are seen once or not at all, and members that come and go share all partitions in the end", async () => {
      const [members] = await Promise.all([comeAndGo(client), transact(client)]);
      await moving.stop();
      expect(moving.moves).toBeGreaterThan(10);
      await pollUntil(members, () => evenly(members, PARTITIONS));
      await Promise.all(members.map(({ consumer }) => consumer.close()));
    });
  });
});

/** Three members, the eldest of which makes room for another again and again. Gives those that are left. */
async function comeAndGo(client: KafkaClient): Promise<readonly ContractMember[]> {
  const { topic } = await topicOf(client, "shared", PARTITIONS);
  // A coordinator that moves may not know of a member's leaving, and waits for its session to end.
  const config = { groupId: "sharing", sessionTimeoutMs: 3_000 };
  const join = (): ContractMember => new ContractMember(client, config, "cooperative").subscribe([topic]);
  const members = [join(), join(), join()];
  for (const endMs = clock.monotonicMs() + COORDINATED_MS; clock.monotonicMs() < endMs;) {
    for (let polls = 0; polls < 50; polls++) await Promise.all(members.map((member) => member.poll()));
    await members.shift()!.consumer.close();
    members.push(join());
  }
  return members;
}

/** Transactions one after the other, every third of which is aborted. */
async function transact(client: KafkaClient): Promise<void> {
  const partition = await topicOf(client, "transacted");
  const group = { groupId: "transacting", generation: -1, memberId: "", instanceId: null };
  const producer = await transactional(client, "transacting");
  const committed: string[] = [];
  const endMs = clock.monotonicMs() + COORDINATED_MS;
  for (let round = 0; clock.monotonicMs() < endMs; round++) {
    producer.begin();
    appendAll(producer, partition.topic, [`k=${round}`]);
    await producer.sendOffsets(new Map([[partition, { offset: round }]]), group);
    if (round % 3 === 1) await producer.abort();
    else {
      await producer.commit();
      committed.push(`k=${round}`);
    }
  }
  await markersArrived(client, partition);
  const read = await readToEnd(client, partition, "read_committed");
  expect(read.map((row) => row.split(":")[1])).toEqual(committed);
  const offset = (await client.admin().groupOffsets(group.groupId)).get(partition)?.offset;
  expect(`k=${offset}`).toBe(committed.at(-1));
}
