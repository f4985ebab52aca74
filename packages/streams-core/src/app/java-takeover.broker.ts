import {
  canStartBrokers,
  prepareJavaPrograms,
  sharedBrokers,
  startJavaApp,
  type JavaAppOptions,
} from "@millrace/broker-harness";
import { kafka, tp, type KafkaClient } from "@millrace/kafka-client";
import { systemEnvironment, systemRandomness, type Logger } from "@millrace/kernel";
import { RecordingLogger } from "@millrace/kernel/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { windows } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import { StreamsApp } from "./streams-app.js";

const PREPARE_MS = 300_000;
const PATIENCE_MS = 60_000;
const windowMs = 10_000;

interface Row {
  readonly key: string;
  readonly value: string;
  readonly timestamp: number;
}

/** What one side counts while the other rests, and all counts once it has. */
interface Chapter {
  readonly by: "java" | "ours";
  readonly input: readonly Row[];
  readonly counts: Readonly<Record<string, number>>;
}

/** Not long ago: brokers delete what is older than the retention of a window store's changelog. */
const startMs = Math.floor(systemEnvironment().clock.nowMs() / windowMs) * windowMs;

const line = (value: string): Row => ({ key: "k", value, timestamp: startMs });
const at = (timestamp: number, key: string): Row => ({ key, value: "v", timestamp: startMs + timestamp });

const words: readonly Omit<Chapter, "by">[] = [
  { input: [line("to be or not to be")], counts: { to: 2, be: 2, or: 1, not: 1 } },
  { input: [line("that is to be")], counts: { to: 3, be: 3, or: 1, not: 1, that: 1, is: 1 } },
  { input: [line("be not afraid")], counts: { to: 3, be: 4, or: 1, not: 2, that: 1, is: 1, afraid: 1 } },
];

const inWindows: readonly Omit<Chapter, "by">[] = [
  { input: [at(1_000, "a"), at(2_000, "b"), at(11_000, "a")], counts: { "a@0": 1, "b@0": 1, "a@10000": 1 } },
  { input: [at(3_000, "a"), at(12_000, "b")], counts: { "a@0": 2, "b@0": 1, "a@10000": 1, "b@10000": 1 } },
  {
    input: [at(4_000, "a"), at(13_000, "a"), at(21_000, "a")],
    counts: { "a@0": 3, "b@0": 1, "a@10000": 2, "b@10000": 1, "a@20000": 1 },
  },
];

describe.runIf(canStartBrokers)("an app here and one in Java with the same application id", () => {
  const brokers = sharedBrokers();
  let client: KafkaClient;
  beforeAll(async () => {
    await prepareJavaPrograms();
    client = kafka({ brokers });
  }, PREPARE_MS);
  afterAll(() => client?.close());

  describe.each(["at-least-once", "exactly-once"] as const)("%s", (guarantee) => {
    test.each([
      ["words", "java", words],
      ["words", "ours", words],
      ["windows", "java", inWindows],
      ["windows", "ours", inWindows],
    ] as const)(
      "take turns at %s, %s first, and go on with the right numbers",
      { timeout: 180_000 },
      async (topology, first, story) => {
        const applicationId = `takeover-${systemRandomness.uuid().slice(0, 8)}`;
        const [input, output] = [`${applicationId}.in`, `${applicationId}.out`];
        await client.admin().createTopics([
          { name: input, partitions: 1, config: { "retention.ms": "-1" } },
          { name: output, partitions: 1, config: { "retention.ms": "-1" } },
        ]);
        const sides = first === "java" ? (["java", "ours"] as const) : (["ours", "java"] as const);
        for (const [index, chapter] of story.entries()) {
          const app =
            sides[index % 2] === "java"
              ? await startJavaApp({ topology, brokers, applicationId, input, output, guarantee: javaNames[guarantee] })
              : await startOurs(client, topology, { applicationId, input, output, guarantee });
          await write(client, input, chapter.input);
          await vi.waitFor(async () => expect(await counts(client, output, topology)).toEqual(chapter.counts), {
            timeout: PATIENCE_MS,
            interval: 200,
          });
          await app.close();
        }
      },
    );
  });

  test("ours waits for one that was closed as Java closes: it is in the group until its session ends", async () => {
    const applicationId = `takeover-${systemRandomness.uuid().slice(0, 8)}`;
    const [input, output] = [`${applicationId}.in`, `${applicationId}.out`];
    const config = { "retention.ms": "-1" };
    await client.admin().createTopics([input, output].map((name) => ({ name, partitions: 1, config })));
    const app = { topology: "words", brokers, applicationId, input, output, guarantee: "at_least_once" } as const;
    const java = await startJavaApp(app);
    await java.close({ remain: true });
    const logger = new RecordingLogger();
    const ours = await startOurs(client, "words", { ...app, guarantee: "at-least-once", logger });
    const waiting = logger.lines.find(({ level, message }) => level === "warn" && message.includes("Kafka Streams"));
    expect(waiting?.fields).toMatchObject({ groupId: applicationId, members: [expect.stringContaining("consumer")] });
    await write(client, input, words[0]!.input);
    await vi.waitFor(async () => expect(await counts(client, output, "words")).toEqual(words[0]!.counts), {
      timeout: PATIENCE_MS,
      interval: 200,
    });
    await ours.close();
  });
});

const javaNames = { "at-least-once": "at_least_once", "exactly-once": "exactly_once_v2" } as const;

interface OurApp {
  readonly applicationId: string;
  readonly input: string;
  readonly output: string;
  readonly guarantee: "at-least-once" | "exactly-once";
  readonly logger?: Logger;
}

async function startOurs(client: KafkaClient, topology: JavaAppOptions["topology"], own: OurApp): Promise<StreamsApp> {
  const { applicationId, input, output, guarantee, logger } = own;
  const app = new StreamsApp(topologies[topology](input, output), {
    applicationId,
    client,
    commitIntervalMs: 200,
    processingGuarantee: guarantee,
    environment: logger === undefined ? {} : { logger },
  });
  await app.start();
  return app;
}

const topologies: Readonly<Record<JavaAppOptions["topology"], (input: string, output: string) => Topology>> = {
  words(input, output) {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder
      .stream(input)
      .flatMapValues((text) => text.split(" "))
      .groupBy((_, word) => word, { key: serdes.string })
      .count({ store: "word-counts" })
      .toStream()
      .to(output, { value: serdes.nullable(serdes.long) });
    return builder.build();
  },
  windows(input, output) {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder
      .stream(input)
      .groupByKey()
      .windowedBy(windows.tumbling({ sizeMs: windowMs, graceMs: 3_600_000 }))
      .count({ store: "window-counts" })
      .toStream()
      .to(output, { value: serdes.nullable(serdes.long) });
    return builder.build();
  },
};

async function write(client: KafkaClient, topic: string, rows: readonly Row[]): Promise<void> {
  const producer = client.producer({});
  for (const { key, value, timestamp } of rows) {
    producer.append(topic, 0, Buffer.from(key), Buffer.from(value), timestamp);
  }
  await producer.flush();
  await producer.close();
}

/** The latest count of each word, or of each key and window as `key@start`. */
async function counts(
  client: KafkaClient,
  topic: string,
  of: JavaAppOptions["topology"],
): Promise<Record<string, number>> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const partition = tp(topic, 0);
  try {
    const end = (await consumer.endOffsets([partition], "read_committed")).get(partition)!;
    consumer.assign(new Map([[partition, 0]]));
    const latest: Record<string, number> = {};
    while (consumer.position(partition) < end) {
      for (const { records } of await consumer.poll(1_000)) {
        while (records.next()) {
          const record = records.record();
          const name = of === "words" ? Buffer.from(record.key!).toString() : keyAndStart(Buffer.from(record.key!));
          latest[name] = Number(Buffer.from(record.value!).readBigInt64BE());
        }
      }
    }
    return latest;
  } finally {
    await consumer.close();
  }
}

/** A windowed key is the key, then the window's start as eight bytes; here it counts from the first window's. */
function keyAndStart(bytes: Buffer): string {
  const startAt = bytes.length - 8;
  return `${bytes.subarray(0, startAt).toString()}@${Number(bytes.readBigInt64BE(startAt)) - startMs}`;
}
