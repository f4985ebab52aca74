import { RetriableError, type KafkaClient } from "@millrace/kafka-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import type { Topology } from "../topology/index.js";
import type { StreamsApp } from "./streams-app.js";

let harness: AppHarness;

beforeEach(() => {
  harness = new AppHarness();
});

afterEach(() => harness.close());

function copying(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  return builder.build();
}

/** Only what a rebalance asks for is committed. */
function makeApp(client: KafkaClient): StreamsApp {
  return harness.makeApp(copying(), {
    ...{ client, commitIntervalMs: 3_600_000, processingGuarantee: "exactly-once" },
  });
}

/** A client whose first `sendOffsets` from within `onRevoked` fails retriably. */
function failingInRevocation(client: KafkaClient, onFailure: () => void): KafkaClient {
  let revoking = false;
  let failed = false;
  return overlay(client, {
    groupConsumer: (config) => {
      const consumer = client.groupConsumer(config);
      return overlay(consumer, {
        subscribe: (topics, assignor, listener) =>
          consumer.subscribe(
            topics,
            assignor,
            overlay(listener, {
              onRevoked: async (...revoked) => {
                revoking = true;
                await listener.onRevoked(...revoked);
                revoking = false;
              },
            }),
          ),
      });
    },
    producer: (config) => {
      const producer = client.producer(config);
      return overlay(producer, {
        sendOffsets: async (offsets, group) => {
          if (!revoking || failed) return producer.sendOffsets(offsets, group);
          failed = true;
          onFailure();
          throw new RetriableError("The coordinator is moving. Try again.");
        },
      });
    },
  });
}

test("a commit that fails retriably while partitions are revoked starts the tasks that stay over", async () => {
  await harness.createTopics({ in: 2, out: 1 });
  let failures = 0;
  const first = makeApp(failingInRevocation(harness.cluster, () => failures++));
  await harness.run(first.start());
  const written = [0, 1].map((partition) => ({ key: `k${partition}`, value: "early", partition }));
  await harness.produce("in", written);
  await harness.environment.scheduler.advanceBy(1_000);

  const second = makeApp(harness.cluster);
  await harness.run(second.start());
  await harness.until(() => failures === 1);
  await harness.environment.scheduler.advanceBy(5_000);
  expect([first.state, second.state]).toEqual(["RUNNING", "RUNNING"]);

  await harness.produce(
    "in",
    written.map((record) => ({ ...record, value: "late" })),
  );
  await harness.run(Promise.all([first.caughtUp(), second.caughtUp()]));
  expect([...(await harness.read("out"))].sort()).toEqual([
    ["k0", "early"],
    ["k0", "late"],
    ["k1", "early"],
    ["k1", "late"],
  ]);
});
