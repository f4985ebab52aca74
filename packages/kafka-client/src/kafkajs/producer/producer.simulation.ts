import { sleep } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { ProducerFencedError, TransactionAbortableError } from "../../port/errors.js";
import type { Isolation } from "../../port/client.js";
import type { ProducerConfig } from "../../port/producer.js";
import { BatchCursor } from "../../protocol/index.js";
import { KafkajsProducer } from "./kafkajs-producer.js";
import { UnreliableCluster } from "./simulation/unreliable-cluster.js";

const PARTITIONS = 3;
const TOPIC = "t";
const only = process.env["MILLRACE_SEED"];
const count = Number(process.env["MILLRACE_SEEDS"] ?? 150);
const seeds = only === undefined ? Array.from({ length: count }, (_, index) => index + 1) : [Number(only)];

interface World {
  readonly environment: VirtualEnvironment;
  readonly network: UnreliableCluster;
  readonly producer: (config: ProducerConfig) => KafkajsProducer;
  readonly below: (bound: number) => number;
  /** The values in a partition as a reader sees them. */
  readonly values: (partition: number, isolation: Isolation) => string[];
}

async function simulate(seed: number, trouble: number, body: (world: World) => Promise<void>): Promise<void> {
  const environment = virtualEnvironment({ seed, startMs: 1_000_000, shuffleTasks: seed % 2 === 0 });
  const network = new UnreliableCluster(environment, TOPIC, PARTITIONS, trouble);
  let settled = false;
  const work = body({
    environment,
    network,
    producer: (config) => new KafkajsProducer(network, config, environment, () => undefined),
    below: (bound) => Math.floor(environment.randomness.fraction() * bound),
    values: (partition, isolation) => valuesOf(network, partition, isolation),
  }).finally(() => (settled = true));
  work.catch(() => undefined);
  await environment.scheduler.runUntil(() => settled);
  await work.catch((error: unknown) => {
    throw new Error(`With MILLRACE_SEED=${seed}: ${String(error)}`, { cause: error });
  });
}

function valuesOf(network: UnreliableCluster, partition: number, isolation: Isolation): string[] {
  const log = network.cluster.topics.get(TOPIC)!.logs[partition]!;
  const values: string[] = [];
  for (let from = 0; ;) {
    const { batches, nextOffset } = log.read(from, isolation, 1 << 20);
    const cursor = new BatchCursor(batches, from, nextOffset);
    while (cursor.next()) values.push(Buffer.from(cursor.record().value!).toString());
    if (nextOffset === from) return values;
    from = nextOffset;
  }
}

test("an idempotent producer stores every record once and in order, whatever the network does", async () => {
  for (const seed of seeds) {
    await simulate(seed, [0, 0.02, 0.1][seed % 3]!, async ({ environment, network, producer, below, values }) => {
      const sent: string[][] = Array.from({ length: PARTITIONS }, () => []);
      const reported: number[] = Array.from({ length: PARTITIONS }, () => 0);
      const target = producer({
        batchBytes: 50 + below(300),
        lingerMs: below(3),
        compression: seed % 5 === 0 ? "gzip" : "none",
        deliveryTimeoutMs: 3_600_000,
        onBatch: ({ partition }, first, records, base, error) => {
          expect([first, base, error]).toEqual([reported[partition], reported[partition], null]);
          reported[partition]! += records;
        },
      });
      for (let round = 0; round < 200; round++) {
        const partition = below(PARTITIONS);
        const value = `${round}${"-".repeat(below(30))}`;
        sent[partition]!.push(value);
        // Nothing is placed before the first look-up; later both ways must agree.
        target.append(TOPIC, round % 3 === 0 ? () => partition : partition, null, Buffer.from(value), round);
        if (below(4) === 0) await sleep(environment.scheduler, below(40));
        if (below(40) === 0) await target.flush();
      }
      network.calm = below(2) === 0;
      await target.flush();
      expect(sent.map((_, partition) => values(partition, "read_uncommitted"))).toEqual(sent);
      expect(reported).toEqual(sent.map(({ length }) => length));
      expect(target.bufferedBytes).toBe(0);
      await target.close();
    });
  }
});

test("a transaction is seen whole or not at all, whatever the network does", async () => {
  let fenced = 0;
  for (const seed of seeds) {
    await simulate(seed, [0, 0.02, 0.06][seed % 3]!, async ({ network, environment, producer, below, values }) => {
      const committed: string[][] = Array.from({ length: PARTITIONS }, () => []);
      const config = { transactionalId: "simulated", batchBytes: 100, deliveryTimeoutMs: 3_600_000 };
      const target = producer({ ...config, transactionTimeoutMs: 3_600_000 });
      await target.init();
      for (let round = 0; round < 12; round++) {
        const written: string[][] = Array.from({ length: PARTITIONS }, () => []);
        const wantsAbort = below(3) === 0;
        try {
          target.begin();
          for (let record = below(25); record > 0; record--) {
            const partition = below(PARTITIONS);
            const value = `${round}/${record}`;
            target.append(TOPIC, partition, null, Buffer.from(value), 0);
            written[partition]!.push(value);
            if (below(4) === 0) await sleep(environment.scheduler, below(30));
          }
          if (wantsAbort) await target.abort();
          else await target.commit();
        } catch (error) {
          // A request for a new epoch that came late: on a real cluster as well it ends what is open then.
          if (!(error instanceof ProducerFencedError)) throw error;
          fenced++;
          await target.init();
          const seen = written.flatMap((each, partition) => {
            const committedValues = values(partition, "read_committed");
            return each.map((value) => committedValues.includes(value));
          });
          if (wantsAbort || !seen.includes(true)) continue;
          expect(seen).not.toContain(false);
        }
        if (!wantsAbort) for (const [partition, each] of written.entries()) committed[partition]!.push(...each);
      }
      network.calm = true;
      // Ends what is open, and waits for the markers.
      await target.init();
      expect(committed.map((_, partition) => values(partition, "read_committed"))).toEqual(committed);
      await target.close();
    });
  }
  expect(fenced).toBeLessThan(seeds.length / 5);
});

test("a producer whose place was taken is fenced at its next step", async () => {
  await simulate(1, 0, async ({ producer, values }) => {
    const zombie = producer({ transactionalId: "simulated" });
    await zombie.init();
    zombie.begin();
    zombie.append(TOPIC, 0, null, Buffer.from("zombie"), 0);
    await zombie.flush();
    const heir = producer({ transactionalId: "simulated" });
    await heir.init();
    zombie.append(TOPIC, 0, null, Buffer.from("zombie"), 0);
    await expect(zombie.flush()).rejects.toThrow(ProducerFencedError);
    await expect(zombie.abort()).rejects.toThrow(ProducerFencedError);
    expect(() => zombie.begin()).toThrow(ProducerFencedError);
    heir.begin();
    heir.append(TOPIC, 0, null, Buffer.from("heir"), 0);
    await heir.commit();
    await heir.init();
    expect(values(0, "read_committed")).toEqual(["heir"]);
  });
});

test("records that cannot be delivered in time fail typed, and nothing is sent that might be there already", async () => {
  await simulate(3, 0, async ({ producer, network, environment, values }) => {
    const target = producer({ deliveryTimeoutMs: 2_000 });
    target.append(TOPIC, 0, null, Buffer.from("a"), 0);
    await target.flush();
    network.down = true;
    target.append(TOPIC, 0, null, Buffer.from("b"), 0);
    await expect(target.flush()).rejects.toThrow(/within 2000 ms/u);
    network.down = false;
    await sleep(environment.scheduler, 2_000);
    target.append(TOPIC, 0, null, Buffer.from("c"), 0);
    await target.flush();
    expect(values(0, "read_uncommitted").join()).toMatch(/^a,(b,)?c$/u);
  });
});

test("an abort after lost answers begins a new epoch: what comes late is refused", async () => {
  await simulate(4, 0, async ({ producer, network, environment, values }) => {
    const target = producer({ transactionalId: "simulated", deliveryTimeoutMs: 500 });
    await target.init();
    target.begin();
    target.append(TOPIC, 0, null, Buffer.from("a"), 0);
    await target.flush();
    network.down = true;
    target.append(TOPIC, 0, null, Buffer.from("b"), 0);
    await expect(target.flush()).rejects.toThrow(TransactionAbortableError);
    network.down = false;
    await target.abort();
    target.begin();
    target.append(TOPIC, 0, null, Buffer.from("c"), 0);
    await target.commit();
    await sleep(environment.scheduler, 2_000);
    expect(values(0, "read_committed")).toEqual(["c"]);
  });
});
