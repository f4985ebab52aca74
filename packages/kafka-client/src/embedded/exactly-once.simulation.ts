import { sleep, type Environment, type Scheduler } from "@millrace/kernel";
import { virtualEnvironment, type VirtualEnvironment } from "@millrace/kernel/testing";
import { expect, test } from "vitest";
import { stickyAssignor } from "../client/sticky-assignor.js";
import type { GroupConsumer, OffsetAndMetadata } from "../port/consumer.js";
import { ClientError, ProducerFencedError } from "../port/errors.js";
import type { StreamsProducer } from "../port/producer.js";
import { tp, type TopicPartition } from "../port/topic-partition.js";
import { readToEnd } from "../conformance/records-at-hand.js";
import { embedded, type EmbeddedCluster } from "./index.js";

const PARTITIONS = 4;
const RECORDS = 300;

/** A process that can stand still: its timers and awaits wait until it goes on, if ever. */
class Stoppable {
  readonly #inner: Scheduler;
  #stopped: Promise<void> | null = null;
  #goOn: () => void = () => undefined;

  constructor(inner: Scheduler) {
    this.#inner = inner;
  }

  readonly scheduler: Scheduler = {
    after: (delayMs, callback) => this.#inner.after(delayMs, () => void this.#whenRunning().then(callback)),
    yield: () => this.#inner.yield().then(() => this.#whenRunning()),
    hold: () => this.#inner.hold(),
  };

  stop(): void {
    this.#stopped ??= new Promise((resolve) => (this.#goOn = resolve));
  }

  goOn(): void {
    this.#stopped = null;
    this.#goOn();
  }

  async run<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    await this.#whenRunning();
    return result;
  }

  async #whenRunning(): Promise<void> {
    while (this.#stopped !== null) await this.#stopped;
  }
}

/** Copies "in" to "out", offsets and records in one transaction, as a stream task would. */
class Copier {
  readonly process: Stoppable;
  readonly #cluster: EmbeddedCluster;
  readonly #id: string;
  readonly #environment: Partial<Environment>;
  #ended = false;

  constructor(cluster: EmbeddedCluster, world: VirtualEnvironment, id: string) {
    this.process = new Stoppable(world.scheduler);
    this.#cluster = cluster;
    this.#id = id;
    this.#environment = { scheduler: this.process.scheduler };
  }

  end(): void {
    this.#ended = true;
  }

  async live(): Promise<void> {
    while (!this.#ended) {
      const client = this.#cluster.connect(this.#environment);
      try {
        await this.#copy(
          client.groupConsumer(consumerConfig),
          client.producer({ transactionalId: this.#id, transactionTimeoutMs: 9_000 }),
        );
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
      }
      await this.process.run(client.close()).catch(() => undefined);
    }
  }

  async #copy(consumer: GroupConsumer, producer: StreamsProducer): Promise<void> {
    await this.process.run(producer.init());
    consumer.subscribe(["in"], stickyAssignor, silent);
    while (!this.#ended) {
      const done = new Map<TopicPartition, OffsetAndMetadata>();
      const fetched = await this.process.run(consumer.poll(40));
      if (fetched.length === 0) continue;
      producer.begin();
      for (const { tp: from, records, nextOffset } of fetched) {
        while (records.next()) {
          const { key, value, timestamp } = records.record();
          producer.append("out", from.partition, key, value, timestamp);
        }
        done.set(from, { offset: nextOffset });
      }
      const group = consumer.groupMetadata();
      try {
        await this.process.run(producer.sendOffsets(done, group));
        await this.process.run(producer.commit());
      } catch (error) {
        if (!(error instanceof ProducerFencedError)) await this.process.run(producer.abort());
        throw error;
      }
    }
  }
}

const consumerConfig = {
  groupId: "copiers",
  isolation: "read_committed",
  offsetReset: { fallback: "earliest" },
  sessionTimeoutMs: 6_000,
  heartbeatIntervalMs: 1_000,
  maxPollIntervalMs: 8_000,
  maxPollRecords: 5,
} as const;

const silent = {
  onRevoked: () => Promise.resolve(),
  onAssigned: () => Promise.resolve(),
  onLost: () => Promise.resolve(),
};

/** Stops processes for a while or for ever, and starts others in their place, under the same transactional id or another. */
async function makeTrouble(cluster: EmbeddedCluster, world: VirtualEnvironment, copiers: Copier[]): Promise<void> {
  const { randomness, scheduler } = world;
  for (let trouble = 0; trouble < 6; trouble++) {
    await sleep(scheduler, randomness.below(3_000));
    const index = randomness.below(copiers.length);
    copiers[index]!.process.stop();
    if (randomness.below(2) === 0) {
      await sleep(scheduler, randomness.below(15_000));
      copiers[index]!.process.goOn();
    } else {
      const id = randomness.below(2) === 0 ? `copier-${index}` : `copier-${index}-${trouble}`;
      // The stopped one may come back later, as a zombie.
      const zombie = copiers[index]!;
      if (randomness.below(2) === 0) scheduler.after(randomness.below(30_000), () => zombie.process.goOn());
      zombie.end();
      copiers[index] = new Copier(cluster, world, id);
      void copiers[index].live();
    }
  }
}

async function fill(cluster: EmbeddedCluster, world: VirtualEnvironment): Promise<void> {
  const producer = cluster.producer({});
  for (let number = 0; number < RECORDS; number++) {
    producer.append("in", number % PARTITIONS, null, Buffer.from(String(number)), number);
    if (number % 10 === 0) await sleep(world.scheduler, world.randomness.below(600));
  }
  await producer.flush();
}

async function simulate(seed: number): Promise<string[]> {
  const world = virtualEnvironment({ seed, shuffleTasks: true });
  const cluster = embedded({ environment: world, transactionMarkerDelayMs: () => world.randomness.below(120) });
  const topics = ["in", "out"].map((name) => ({ name, partitions: PARTITIONS }));
  await cluster.admin().createTopics(topics);
  const copiers = [0, 1, 2].map((index) => new Copier(cluster, world, `copier-${index}`));
  const failures: unknown[] = [];
  for (const copier of copiers) copier.live().catch((error: unknown) => failures.push(error));
  let written = false;
  void Promise.all([fill(cluster, world), makeTrouble(cluster, world, copiers)]).then(() => (written = true));
  const inputs = Array.from({ length: PARTITIONS }, (_, index) => tp("in", index));
  let committed = 0;
  const look = async (): Promise<void> => {
    const offsets = await cluster.admin().groupOffsets("copiers");
    committed = inputs.reduce((sum, input) => sum + (offsets.get(input)?.offset ?? 0), 0);
  };
  await world.scheduler.runUntil(() => (void look(), written && committed === RECORDS));
  expect(failures).toEqual([]);
  for (const copier of copiers) copier.end();
  const outputs: string[] = [];
  let read = false;
  void Promise.all(
    inputs.map(async ({ partition }) =>
      outputs.push(...(await readToEnd(cluster, tp("out", partition), "read_committed"))),
    ),
  ).then(() => (read = true));
  await world.scheduler.runUntil(() => read);
  return outputs.map((row) => row.split("=")[1]!);
}

test("stopped, killed, revived and fenced copiers copy every record exactly once, each partition in order", async () => {
  for (let seed = 1; seed <= 150; seed++) {
    const copied = (await simulate(seed)).map(Number);
    const inOrder = Array.from({ length: RECORDS }, (_, index) => index).sort(
      (a, b) => (a % PARTITIONS) - (b % PARTITIONS) || a - b,
    );
    expect(sortedByPartition(copied), `seed ${seed}`).toEqual(inOrder);
  }
});

/** Partition by partition, each in the order it was read. */
function sortedByPartition(numbers: readonly number[]): number[] {
  return [0, 1, 2, 3].flatMap((partition) => numbers.filter((number) => number % PARTITIONS === partition));
}
