import { canStartBrokers, sharedBrokers, startBroker } from "@millrace/broker-harness";
import { kafka, tp, type KafkaClient } from "@millrace/kafka-client";
import { sleep, systemRandomness, systemScheduler, timedOut, within } from "@millrace/kernel";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { logAndContinue } from "../model/index.js";
import { serdes } from "../serde/index.js";
import type { Topology } from "../topology/index.js";
import type { StreamsAppOptions } from "./app-options.js";
import { StreamsApp } from "./streams-app.js";

const PATIENCE_MS = 60_000;
/** Else a broker deletes records whose timestamps are as old as those of tests. */
const KEEP = { "retention.ms": "-1" };
const guarantees = ["at-least-once", "exactly-once"] as const;
const unique = (name: string): string => `${name}-${systemRandomness.uint32()}`;

/** The app ends with the test; one of several that run at once says itself which it is. */
function startApp(
  client: KafkaClient,
  topology: Topology,
  options: Partial<StreamsAppOptions> & { readonly applicationId: string },
  whenTestFinished: typeof onTestFinished = onTestFinished,
): { readonly app: StreamsApp; readonly started: Promise<void> } {
  const app = new StreamsApp(topology, { client, commitIntervalMs: 100, pollMs: 20, ...options });
  whenTestFinished(async () => void (await app.close({ timeoutMs: 20_000 })));
  return { app, started: app.start() };
}

async function produce(client: KafkaClient, topic: string, values: readonly string[], partition = 0): Promise<void> {
  const producer = client.producer({});
  await producer.init();
  for (const value of values) producer.append(topic, partition, Buffer.from(value), Buffer.from(value), 1_000);
  await producer.flush();
  await producer.close();
}

/** Keys and values of partition 0 of a topic, as a reader of committed records sees them. */
async function read(client: KafkaClient, topic: string): Promise<readonly (readonly [string, string, string[]])[]> {
  const consumer = client.restoreConsumer({ isolation: "read_committed" });
  const partition = tp(topic, 0);
  const end = (await consumer.endOffsets([partition], "read_uncommitted")).get(partition) ?? 0;
  consumer.assign(await consumer.beginningOffsets([partition]));
  const rows: [string, string, string[]][] = [];
  while (consumer.position(partition) < end) {
    for (const { records } of await consumer.poll(100)) {
      while (records.next()) {
        const { key, value, headers } = records.record();
        const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString("latin1");
        rows.push([text(key), text(value), (headers ?? []).map(({ key: name }) => name)]);
      }
    }
  }
  await consumer.close();
  return rows;
}

/** The last count of each word. */
async function counts(client: KafkaClient, topic: string): Promise<Record<string, number>> {
  const table: Record<string, number> = {};
  for (const [word, count] of await read(client, topic)) table[word] = Buffer.from(count, "latin1")[7] ?? 0;
  return table;
}

function counting(input: string, output: string): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder
    .stream(input)
    .groupBy((_, value) => value)
    .count({ store: "counts" })
    .toStream()
    .to(output, { value: serdes.nullable(serdes.long) });
  return builder.build();
}

describe("on a real cluster", () => {
  let client: KafkaClient;
  beforeAll(() => {
    client = kafka({ brokers: sharedBrokers() });
  });
  afterAll(() => client.close());

  test.each(guarantees)("records that fail become dead letters, %s", async (processingGuarantee) => {
    const [applicationId, input, output, dead] = ["app", "in", "out", "dead"].map(unique) as [
      string,
      string,
      string,
      string,
    ];
    await client.admin().createTopics([input, output, dead].map((name) => ({ name, partitions: 1, config: KEEP })));
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder
      .stream(input)
      .mapValues((value) => {
        if (value === "bad") throw new Error("bad value");
        return value.toUpperCase();
      })
      .to(output);
    await produce(client, input, ["a", "bad", "b"]);
    const errors = { processing: logAndContinue, deadLetterTopic: dead };
    const { app, started } = startApp(client, builder.build(), { applicationId, processingGuarantee, errors });
    await started;
    await app.caughtUp();
    const written = async (): Promise<void> =>
      expect((await read(client, output)).map(([, value]) => value)).toEqual(["A", "B"]);
    await written();
    const why = ["exception", "message", "stacktrace", "topic", "partition", "offset"];
    expect(await read(client, dead)).toEqual([["bad", "bad", why.map((name) => `__streams.errors.${name}`)]]);
  });

  test("internal topics are made with Kafka Streams' settings, verified, and purged of what was committed", async () => {
    const [applicationId, input, output] = ["app", "in", "out"].map(unique) as [string, string, string];
    const admin = client.admin();
    await admin.createTopics([input, output].map((name) => ({ name, partitions: 2, config: KEEP })));
    await produce(client, input, ["a", "b", "a"]);
    const options = { applicationId, repartitionPurgeIntervalMs: 100 };
    const { app, started } = startApp(client, counting(input, output), options);
    await started;
    await app.caughtUp();
    const changelog = `${applicationId}-counts-changelog`;
    const repartition = `${applicationId}-counts-repartition`;
    const configs = await admin.topicConfigs([changelog, repartition]);
    expect(configs.get(changelog)).toMatchObject({ "cleanup.policy": "compact" });
    expect(configs.get(repartition)).toMatchObject({ "cleanup.policy": "delete", "retention.ms": "-1" });
    const made = await admin.describeTopics([changelog, repartition]);
    expect([...made.values()].map((info) => info?.partitions)).toEqual([2, 2]);
    const partitions = [tp(repartition, 0), tp(repartition, 1)];
    await vi.waitFor(
      async () => {
        const begins = await admin.listOffsets(partitions, "earliest", "read_uncommitted");
        const ends = await admin.listOffsets(partitions, "latest", "read_uncommitted");
        expect(begins).toEqual(ends);
      },
      { timeout: PATIENCE_MS, interval: 100 },
    );
    await app.close();
    await admin.createPartitions(input, 3);
    const again = startApp(client, counting(input, output), options);
    await expect(again.started).rejects.toThrow("has 2 partitions, the topology needs 3");
  });

  test("a source topic that is deleted ends the app with its name", async () => {
    const [applicationId, input, output] = ["app", "in", "out"].map(unique) as [string, string, string];
    const quick = kafka({ brokers: sharedBrokers(), metadataMaxAgeMs: 500 });
    await quick.admin().createTopics([input, output].map((name) => ({ name, partitions: 1, config: KEEP })));
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder.stream(input).to(output);
    const { app, started } = startApp(quick, builder.build(), { applicationId });
    const errors: unknown[] = [];
    app.onError((error) => errors.push(error));
    await started;
    await quick.admin().deleteTopics([input]);
    await vi.waitFor(() => expect(app.state).toBe("ERROR"), { timeout: PATIENCE_MS, interval: 100 });
    expect(errors.at(-1)).toMatchObject({ code: expect.stringMatching(/MISSING_(SOURCE_)?TOPIC/u) });
    await app.close();
    await quick.close();
  });

  test("a source topic that grows is read whole by an app without state, and ends one whose topics no longer fit", async () => {
    const [stateless, stateful, input, output] = ["less", "ful", "in", "out"].map(unique) as [
      string,
      string,
      string,
      string,
    ];
    const quick = kafka({ brokers: sharedBrokers(), metadataMaxAgeMs: 500 });
    await quick.admin().createTopics([input, output].map((name) => ({ name, partitions: 1, config: KEEP })));
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    // To partition 0, wherever they come from.
    builder.stream(input).to(output, { partitioner: () => 0 });
    const copying = startApp(quick, builder.build(), { applicationId: stateless });
    const counter = startApp(quick, counting(input, unique("counts")), { applicationId: stateful });
    const errors: unknown[] = [];
    counter.app.onError((error) => errors.push(error));
    await Promise.all([copying.started, counter.started]);
    await quick.admin().createPartitions(input, 2);
    await produce(quick, input, ["new"], 1);
    const copied = async () => expect((await read(quick, output)).map(([, value]) => value)).toEqual(["new"]);
    await vi.waitFor(copied, { timeout: PATIENCE_MS, interval: 100 });
    await vi.waitFor(() => expect(counter.app.state).toBe("ERROR"), { timeout: PATIENCE_MS, interval: 100 });
    expect(String(errors.at(-1))).toContain("has 1 partitions, the topology needs 2");
    await Promise.all([copying.app.close(), counter.app.close()]);
    await quick.close();
  });
});

// Each has a broker of its own, and waits most of the time.
describe.runIf(canStartBrokers)("a broker that goes away", { concurrent: true }, () => {
  test.for(guarantees)(
    "is waited for at the start and later, %s",
    { timeout: 4 * PATIENCE_MS },
    async (processingGuarantee, context) => {
      await using cluster = await startBroker();
      const client = kafka({ brokers: cluster.brokers });
      await client.admin().createTopics(["in", "out"].map((name) => ({ name, partitions: 1, config: KEEP })));
      await produce(client, "in", ["a", "b"]);
      await cluster.nodes[0]!.kill();
      const options = { applicationId: "app", processingGuarantee };
      const { app, started } = startApp(client, counting("in", "out"), options, context.onTestFinished);
      expect(await within(systemScheduler, 3_000, started)).toBe(timedOut);
      expect(app.state).toBe("REBALANCING");
      await cluster.nodes[0]!.start();
      await started;
      await app.caughtUp();
      await produce(client, "in", ["a", "c"]);
      await cluster.nodes[0]!.kill();
      await sleep(systemScheduler, 3_000);
      await cluster.nodes[0]!.start();
      await produce(client, "in", ["b", "c"]);
      const enough = { a: 2, b: 2, c: 2 };
      await vi.waitFor(
        async () => {
          const last = await counts(client, "out");
          for (const [word, least] of Object.entries(enough)) expect(last[word]).toBeGreaterThanOrEqual(least);
        },
        { timeout: 2 * PATIENCE_MS, interval: 500 },
      );
      await app.caughtUp();
      if (processingGuarantee === "exactly-once") expect(await counts(client, "out")).toEqual(enough);
      await app.close();
      await client.close();
    },
  );
});
