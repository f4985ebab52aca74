import type { GroupConsumerConfig, KafkaClient, ProducerConfig, RestoreConsumerConfig } from "@millrace/kafka-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import { AppOptionsError } from "./app-errors.js";
import type { ClientOptions } from "./client-options.js";
import type { StreamsApp } from "./streams-app.js";

let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

function makeApp(options: ClientOptions, client: KafkaClient = harness.cluster): StreamsApp {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.globalTable("all", { store: "all" });
  builder.stream("in").groupByKey().count({ store: "counts" }).toStream().to("out", { value: serdes.long });
  return harness.makeApp(builder.build(), { client, ...options });
}

test.each(["at-least-once", "exactly-once"] as const)(
  "what is set of consumers and producers reaches them, changelog readers included, %s",
  async (processingGuarantee) => {
    const given = {
      consumers: [] as GroupConsumerConfig[],
      readers: [] as RestoreConsumerConfig[],
      producers: [] as ProducerConfig[],
    };
    const { cluster } = harness;
    const client = overlay(cluster as KafkaClient, {
      groupConsumer: (config) => (given.consumers.push(config), cluster.groupConsumer(config)),
      restoreConsumer: (config) => (given.readers.push(config), cluster.restoreConsumer(config)),
      producer: (config) => (given.producers.push(config), cluster.producer(config)),
    });
    await harness.createTopics({ in: 1, out: 1, all: 1 });
    await harness.produce("in", [{ key: "a", value: "x" }]);
    const consumer = {
      ...{ sessionTimeoutMs: 20_000, heartbeatIntervalMs: 2_000, maxPollIntervalMs: 60_000 },
      ...{ maxPollRecords: 500, fetchMaxBytesPerPartition: 65_536 },
    };
    const producer = { compression: "gzip", lingerMs: 5, batchBytes: 16_384 } as const;
    for (let round = 0; round < 2; round++) {
      const app = makeApp({ ...consumer, ...producer, ...{ processingGuarantee } }, client);
      await harness.run(app.start());
      await harness.run(app.caughtUp());
      await harness.run(app.close());
    }
    expect(given.consumers).toEqual([expect.objectContaining(consumer), expect.objectContaining(consumer)]);
    for (const config of given.producers) expect(config).toMatchObject(producer);
    expect(new Set(given.readers.map(({ clientId }) => clientId?.endsWith("-global")))).toEqual(new Set([true, false]));
    for (const config of given.readers) expect(config.fetchMaxBytesPerPartition).toBe(65_536);
  },
);

test("what is not set is left to the client", async () => {
  let given: GroupConsumerConfig | null = null;
  const { cluster } = harness;
  const client = overlay(cluster as KafkaClient, {
    groupConsumer: (config) => cluster.groupConsumer((given = config)),
  });
  await harness.createTopics({ in: 1, out: 1, all: 1 });
  const app = makeApp({}, client);
  await harness.run(app.start());
  await harness.run(app.close());
  expect(Object.keys(given!).sort()).toEqual(["clientId", "groupId", "isolation", "offsetReset"]);
});

test.each<[ClientOptions, string]>([
  [{ sessionTimeoutMs: 0 }, "sessionTimeoutMs is 0"],
  [{ maxPollRecords: 1.5 }, "maxPollRecords is 1.5"],
  [{ lingerMs: -1 }, "lingerMs is -1"],
  [{ sessionTimeoutMs: 3_000 }, "heartbeatIntervalMs is 3000, sessionTimeoutMs 3000"],
  [{ compression: "brotli" as "gzip" }, 'compression is "brotli"'],
])("%j is refused", (options, message) => {
  expect(() => makeApp(options)).toThrow(AppOptionsError);
  expect(() => makeApp(options)).toThrow(message);
});
