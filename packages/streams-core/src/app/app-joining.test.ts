import { Deferred } from "@millrace/kernel";
import { MemberLostError, type KafkaClient } from "@millrace/kafka-client";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StreamsBuilder } from "../dsl/index.js";
import { serdes } from "../serde/index.js";
import { AppHarness } from "../testing/app-harness.js";
import { overlay } from "../testing/simulator/overlay.js";
import type { Topology } from "../topology/index.js";

const COMMIT_INTERVAL_MS = 100;
let harness: AppHarness;

beforeEach(async () => {
  harness = new AppHarness();
  await harness.createTopics({ in: 4, out: 1 });
});

afterEach(() => harness.close());

function copying(): Topology {
  const builder = new StreamsBuilder({ key: serdes.string, value: serdes.string });
  builder.stream("in").to("out");
  return builder.build();
}

function makeApp(client: KafkaClient) {
  return harness.makeApp(copying(), {
    ...{ client, processingGuarantee: "exactly-once", commitIntervalMs: COMMIT_INTERVAL_MS },
  });
}

/** A client that shows when offsets are sent in transactions, and whether its consumer is joining. */
function watched(beforeSending: (time: number) => void = () => undefined) {
  const seen = { sentMs: [] as number[], joining: () => false, errors: [] as unknown[] };
  const client = overlay(harness.cluster as KafkaClient, {
    groupConsumer: (config) => {
      const consumer = harness.cluster.groupConsumer(config);
      seen.joining = () => consumer.joining;
      return consumer;
    },
    producer: (config) => {
      const producer = harness.cluster.producer(config);
      return overlay(producer, {
        sendOffsets: async (offsets, group) => {
          seen.sentMs.push(harness.environment.clock.monotonicMs());
          beforeSending(seen.sentMs.length);
          return producer.sendOffsets(offsets, group);
        },
      });
    },
  });
  return { client, seen };
}

/** A client whose consumer does not poll while `gate` is closed: it does not join when the group wants it to. */
function gated() {
  const seen = { gate: null as Deferred<void> | null };
  const client = overlay(harness.cluster as KafkaClient, {
    groupConsumer: (config) => {
      const consumer = harness.cluster.groupConsumer(config);
      return overlay(consumer, {
        poll: async (maxWaitMs) => {
          await seen.gate?.promise;
          return consumer.poll(maxWaitMs);
        },
        tryPoll: () => (seen.gate === null ? consumer.tryPoll() : null),
      });
    },
  });
  return { client, seen };
}

const everyPartition = [0, 1, 2, 3].map((partition) => ({ key: `k${partition}`, value: "v", partition }));

/** Writes records every 50 ms for so long. */
async function produceFor(ms: number): Promise<void> {
  const endMs = harness.environment.clock.monotonicMs() + ms;
  while (harness.environment.clock.monotonicMs() < endMs) {
    await harness.produce("in", everyPartition);
    await harness.environment.scheduler.advanceBy(50);
  }
}

test("commits wait while a join is unanswered, but no more than a second each", async () => {
  const { client, seen } = watched();
  const one = makeApp(client);
  const { client: held, seen: holding } = gated();
  const slow = makeApp(held);
  await harness.run(Promise.all([one.start(), slow.start()]));
  await produceFor(1_000);
  expect(seen.sentMs.length).toBeGreaterThan(5);

  // The group waits for the slow one: whoever joins has no answer.
  holding.gate = new Deferred();
  await harness.environment.scheduler.advanceBy(500);
  const third = makeApp(harness.cluster);
  void third.start().catch(() => undefined);
  await harness.until(() => seen.joining());
  const joinedMs = harness.environment.clock.monotonicMs();
  await produceFor(3_500);
  expect(seen.joining()).toBe(true);
  const gaps = seen.sentMs
    .filter((sentMs) => sentMs >= joinedMs)
    .map((sentMs, at, all) => sentMs - (at === 0 ? joinedMs : all[at - 1]!));
  expect(gaps.length).toBeGreaterThanOrEqual(3);
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(1_000);

  holding.gate.resolve();
  holding.gate = null;
  await harness.until(() => !seen.joining());
  const before = seen.sentMs.length;
  await produceFor(1_500);
  expect(seen.sentMs.length - before).toBeGreaterThan(5);
});

test("a member whose transaction is refused as that of a stranger joins again without waiting for a heartbeat", async () => {
  const { client, seen } = watched((time) => {
    if (time === 1) throw new MemberLostError("The group has gone on.");
  });
  const app = makeApp(client);
  await harness.run(app.start());
  const causes: unknown[] = [];
  app.onError((cause) => causes.push(cause));
  await harness.produce("in", everyPartition);
  await harness.until(() => causes.length === 1);
  const refusedMs = harness.environment.clock.monotonicMs();
  await harness.until(() => seen.joining());
  expect(causes).toEqual([expect.any(MemberLostError)]);
  // Heartbeats are three seconds apart.
  expect(harness.environment.clock.monotonicMs() - refusedMs).toBeLessThan(500);
  await harness.run(app.caughtUp());
  expect(await harness.read("out")).toHaveLength(everyPartition.length);
});
