import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { kafka, type KafkaClient } from "@millrace/kafka-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { StreamsApp } from "./streams-app.js";

const MINUTE_MS = 60_000;

describe.runIf(canStartBrokers)("the internal topics of an app on three brokers", { timeout: 2 * MINUTE_MS }, () => {
  let cluster: Cluster;
  let client: KafkaClient;
  beforeAll(async () => {
    cluster = await startBroker({ brokers: 3 });
    client = kafka({ brokers: cluster.brokers });
    await client.admin().createTopics([{ name: "lines", partitions: 2 }]);
  }, 4 * MINUTE_MS);
  afterAll(async () => {
    await client?.close();
    await cluster?.close();
  });

  test.each([
    ["as many replicas as it says", 2, 2],
    ["as many replicas as the cluster gives", undefined, 3],
  ])("have %s", async (name, replicationFactor, replicas) => {
    const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
    builder
      .stream("lines")
      .groupBy((_, word) => word)
      .count({ store: "words" });
    const applicationId = name.replaceAll(" ", "-");
    const options = replicationFactor === undefined ? {} : { replicationFactor };
    await using app = new StreamsApp(builder.build(), { applicationId, client, ...options });
    await app.start();
    const internal = (await client.admin().listTopics()).filter((topic) => topic.startsWith(applicationId)).sort();
    expect(internal).toEqual([`${applicationId}-words-changelog`, `${applicationId}-words-repartition`]);
    for (const description of (await client.admin().describeTopics(internal)).values()) {
      expect(description?.placement.map((place) => new Set(place.replicas).size)).toEqual([replicas, replicas]);
    }
  });
});
