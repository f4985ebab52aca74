import { kafka, tp, type KafkaClient, type TopicPartition } from "@millrace/kafka-client";
import { systemEnvironment, type Environment } from "@millrace/kernel";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import { StreamsApp } from "./streams-app.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",");

/** How soon a start and a clean stop must be through, in ms: what they take alone, and room for a busy machine. */
const START_MS_MAX = 3_000;
const CLOSE_MS_MAX = 3_000;

let environment: Environment;
let client: KafkaClient;
let suffix: string;
const apps: StreamsApp[] = [];

beforeEach(() => {
  environment = systemEnvironment();
  client = kafka({ brokers, metadataMaxAgeMs: 1_000 });
  suffix = environment.randomness.uuid().slice(0, 8);
});

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await client.close();
});

const linesTopic = () => `lines-${suffix}`;
const countsTopic = () => `counts-${suffix}`;

function wordCount(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream(linesTopic())
    .flatMapValues((line) => line.split(" "))
    .groupBy((_, word) => word)
    .count({ store: "word-counts" })
    .toStream()
    .to(countsTopic(), { value: serdes.nullable(serdes.long) });
  return builder.build();
}

function makeApp(options: Partial<StreamsAppOptions>): StreamsApp {
  const app = new StreamsApp(wordCount(), {
    applicationId: `word-count-${suffix}`,
    client,
    commitIntervalMs: 100,
    // A heartbeat is how a member learns that others have come or gone: every three seconds unless told otherwise.
    heartbeatIntervalMs: 200,
    ...options,
  });
  apps.push(app);
  return app;
}

async function produceLines(...lines: readonly string[]): Promise<void> {
  const producer = client.producer({});
  for (const [index, line] of lines.entries()) {
    producer.append(linesTopic(), index % 2, null, Buffer.from(line), environment.clock.nowMs());
  }
  await producer.flush();
  await producer.close();
}

/** The last value of each key, as a reader of committed records sees them. */
async function readCounts(): Promise<Record<string, number>> {
  const partitions: TopicPartition[] = [0, 1].map((number) => tp(countsTopic(), number));
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const ends = await consumer.endOffsets(partitions, "read_uncommitted");
  consumer.assign(new Map(partitions.map((partition) => [partition, 0])));
  const counts: Record<string, number> = {};
  while (partitions.some((partition) => consumer.position(partition) < ends.get(partition)!)) {
    for (const fetched of await consumer.poll(100)) {
      while (fetched.records.next()) {
        const { key, value } = fetched.records.record();
        counts[Buffer.from(key!).toString()] = Number(Buffer.from(value!).readBigInt64BE());
      }
    }
  }
  await consumer.close();
  return counts;
}

/** Waits for exactly these counts; the test's time-out is the limit. */
async function countsBecome(expected: Record<string, number>): Promise<void> {
  await vi.waitFor(async () => expect(await readCounts()).toEqual(expected), { timeout: 30_000 });
}

async function timed(work: Promise<unknown>): Promise<number> {
  const startMs = environment.clock.monotonicMs();
  await work;
  return environment.clock.monotonicMs() - startMs;
}

describe.each(["at-least-once", "exactly-once"] as const)("word count on a real cluster, %s", (processingGuarantee) => {
  beforeEach(async () => {
    const config = { "retention.ms": "-1" };
    await client.admin().createTopics([
      { name: linesTopic(), partitions: 2, config },
      { name: countsTopic(), partitions: 2, config },
    ]);
  });

  test("counts, stops cleanly, and a restart with nothing on disk goes on at once", async () => {
    await produceLines("the quick brown fox", "the lazy dog and the fox");
    const first = makeApp({ processingGuarantee });
    expect(await timed(first.start())).toBeLessThan(START_MS_MAX);
    await first.caughtUp();
    const once = { and: 1, brown: 1, dog: 1, fox: 2, lazy: 1, quick: 1, the: 3 };
    expect(await readCounts()).toEqual(once);
    expect(await timed(first.close())).toBeLessThan(CLOSE_MS_MAX);

    await produceLines("the fox", "a fox");
    const second = makeApp({ processingGuarantee });
    expect(await timed(second.start())).toBeLessThan(START_MS_MAX);
    await second.caughtUp();
    expect(await readCounts()).toEqual({ ...once, a: 1, fox: 4, the: 4 });
  });

  test("two apps share the work, and the one that stays takes over from the one that goes", async () => {
    const one = makeApp({ processingGuarantee });
    await one.start();
    const two = makeApp({ processingGuarantee });
    await two.start();
    await produceLines("a b", "b c");
    await countsBecome({ a: 1, b: 2, c: 1 });
    await one.close();
    await produceLines("c d", "d e");
    await countsBecome({ a: 1, b: 2, c: 2, d: 2, e: 1 });
    expect(two.state).toBe("RUNNING");
  });
});
