import { canStartBrokers, prepareJavaPrograms, startBroker, type Cluster } from "@millrace/broker-harness";
import { systemRandomness } from "@millrace/kernel";
import { SeededRandomness } from "@millrace/kernel/testing";
import { afterAll, beforeAll, describe, onTestFailed, test } from "vitest";
import { expectAllCounted } from "./counted-output.fixture.js";
import { KillSeries } from "./kill-series.fixture.js";
import { ProcessFleet } from "./process-fleet.fixture.js";

const MINUTE_MS = 60_000;
const SESSION_TIMEOUT_MS = 3_000;
const KILLS = Number(process.env["MILLRACE_KILLS"] ?? 5);
const RESTARTS = Math.ceil(KILLS / 20);
/**
 * Three, so that a partition has a leader whoever is down: where it has none, Kafka 4 takes it for deleted and ends its
 * transactions without markers, so that readers of committed records, and of offsets, wait for ever.
 */
const BROKERS = 3;
// The state of transactions is read back at once, not in buffers of five megabytes a partition.
const properties = { "transaction.state.log.load.buffer.size": "1048576" };
const seed = Number(process.env["MILLRACE_SEED"] ?? systemRandomness.uint32());

describe.runIf(canStartBrokers)("members that are killed under load, their brokers too", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    await prepareJavaPrograms();
    cluster = await startBroker({ brokers: BROKERS, properties });
  }, 5 * MINUTE_MS);
  afterAll(() => cluster?.close());

  test.each([
    ["exactly-once", KILLS],
    ["at-least-once", Math.ceil(KILLS / 5)],
  ] as const)(
    `%s over a repartition topic, with state on disk: right after %i kills (MILLRACE_SEED=${seed})`,
    { timeout: 3 * MINUTE_MS + KILLS * 20_000 },
    async (processingGuarantee, kills) => {
      const settings = { brokers: cluster.brokers, processingGuarantee, sessionTimeoutMs: SESSION_TIMEOUT_MS };
      await using fleet = new ProcessFleet({ ...settings, counted: "values", recordsARound: 20 });
      onTestFailed(() => console.log(fleet.log()));
      await fleet.createTopics();
      const series = new KillSeries({
        ...{ fleet, cluster, kills, members: 3, sessionTimeoutMs: SESSION_TIMEOUT_MS },
        ...{ restarts: RESTARTS, freezes: RESTARTS },
        randomness: new SeededRandomness(seed),
        onProgress: (line) => console.log(`kill series, ${processingGuarantee}: ${line}`),
      });
      await series.run();
      await expectAllCounted(fleet, settings);
    },
  );
});
