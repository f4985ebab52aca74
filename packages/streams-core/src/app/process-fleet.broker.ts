import { sharedBrokers } from "@millrace/broker-harness";
import { beforeAll, describe, test } from "vitest";
import { expectAllCounted } from "./counted-output.fixture.js";
import { ProcessFleet } from "./process-fleet.fixture.js";

const TIMEOUT_MS = 180_000;
const SESSION_TIMEOUT_MS = 6_000;

describe.each(["at-least-once", "exactly-once"] as const)("processes that share a topic, %s", (processingGuarantee) => {
  let brokers: readonly string[];

  beforeAll(() => {
    brokers = sharedBrokers();
  });

  test("one, three, then one again under load: each record counts", { timeout: TIMEOUT_MS }, async () => {
    await using fleet = new ProcessFleet({ brokers, processingGuarantee, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    await fleet.createTopics();
    fleet.load.start();
    const first = fleet.start();
    await fleet.sharedBy(1);
    await fleet.progress(1_000);
    const others = [fleet.start(), fleet.start()];
    await fleet.sharedBy(3);
    await fleet.progress(2_000);
    await fleet.stop(first);
    await fleet.stop(others[0]!);
    await fleet.sharedBy(1);
    await fleet.progress(1_000);
    await fleet.drain();
    await fleet.stop(others[1]!);
    await expectAllCounted(fleet, { brokers, processingGuarantee });
  });

  test(
    "a process that stands still beyond its session, then goes on, spoils nothing",
    { timeout: TIMEOUT_MS },
    async () => {
      await using fleet = new ProcessFleet({ brokers, processingGuarantee, sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await fleet.createTopics();
      fleet.load.start();
      const zombie = fleet.start();
      const other = fleet.start();
      await fleet.sharedBy(2);
      await fleet.progress(1_000);
      zombie.kill("SIGSTOP");
      await fleet.sharedBy(1);
      await fleet.progress(1_000);
      zombie.kill("SIGCONT");
      await fleet.sharedBy(2);
      await fleet.progress(1_000);
      await fleet.drain();
      await fleet.stop(zombie);
      await fleet.stop(other);
      await expectAllCounted(fleet, { brokers, processingGuarantee });
    },
  );
});
