import { kafka, Producer, type KafkaClient } from "@millrace/kafka-client";
import { systemRandomness } from "@millrace/kernel";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../../dsl/index.js";
import { serdes } from "../../serde/index.js";
import { queryable } from "../queries/queryable.js";
import { StreamsApp } from "../streams-app.js";

const brokers = (process.env["KAFKA_BOOTSTRAP_SERVERS"] ?? "127.0.0.1:9092").split(",");
const counts = queryable.keyValue<string, number>("counts");
const WORDS = ["a", "b", "c", "d", "e", "f"];

let client: KafkaClient;
const apps: StreamsApp[] = [];

beforeEach(() => {
  client = kafka({ brokers, metadataMaxAgeMs: 1_000 });
});

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
  await client.close();
});

test.each(["at-least-once", "exactly-once"] as const)(
  "two instances on a real cluster: each row is where they say, and followed to its last change, %s",
  async (processingGuarantee) => {
    const id = `queries-${systemRandomness.uuid()}`;
    await client.admin().createTopics([{ name: id, partitions: 2 }]);
    const last = new Map<string, number>();
    const following: Promise<void>[] = [];
    const [one, two] = ["one", "two"].map((name): StreamsApp => {
      const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
      builder.stream(id).groupByKey().count({ store: counts.name });
      const app = new StreamsApp(builder.build(), {
        ...{ applicationId: id, instanceId: name, applicationServer: `${name}:1`, standbyReplicas: 1 },
        ...{ client, processingGuarantee, commitIntervalMs: 100 },
      });
      apps.push(app);
      const follow = async (): Promise<void> => {
        for await (const { key, value } of app.changes(counts)) last.set(key, Math.max(last.get(key) ?? 0, value ?? 0));
      };
      following.push(follow());
      return app;
    }) as [StreamsApp, StreamsApp];
    await Promise.all([one.start(), two.start()]);
    await expect.poll(() => apps.map(({ workers }) => workers[0]!.tasks.length), { timeout: 30_000 }).toEqual([1, 1]);
    await using producer = new Producer(client);
    for (let round = 0; round < 3; round++) {
      await producer.sendBatch(WORDS.map((word) => ({ topic: id, key: word, value: "x" })));
    }
    await expect.poll(() => [...last.values()], { timeout: 30_000 }).toEqual(WORDS.map(() => 3));
    for (const word of WORDS) {
      const { active } = await one.metadataForKey(counts, word);
      const [here, there] = active === "one:1" ? [one, two] : [two, one];
      expect([await here.store(counts).get(word), await there.store(counts).get(word)]).toEqual([3, null]);
      await expect.poll(() => there.store(counts, { staleStores: true }).get(word), { timeout: 30_000 }).toBe(3);
    }
    for (const app of apps) await app.close();
    await Promise.all(following);
  },
  90_000,
);
