import { consumeByJava, sharedBrokers } from "@millrace/broker-harness";
import { beforeAll, describe, expect, test } from "vitest";
import { ProcessFleet } from "./process-fleet.fixture.js";

const TIMEOUT_MS = 180_000;
const SESSION_TIMEOUT_MS = 6_000;

/** The counts that were put out for each key, in order, as a Java reader of committed records sees them. */
async function countsByKey(brokers: readonly string[], topic: string): Promise<Map<string, number[]>> {
  const byKey = new Map<string, number[]>();
  for (const { key, value } of await consumeByJava(brokers, topic, "read_committed")) {
    const counts = byKey.get(key) ?? [];
    counts.push(Number(value));
    byKey.set(key, counts);
  }
  return byKey;
}

const oneTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe.each(["at-least-once", "exactly-once"] as const)("processes that share a topic, %s", (processingGuarantee) => {
  let brokers: readonly string[];

  beforeAll(() => {
    brokers = sharedBrokers();
  });

  async function expectAllCounted(fleet: ProcessFleet): Promise<void> {
    const counted = await countsByKey(brokers, fleet.output);
    expect([...counted.keys()].sort()).toEqual([...fleet.sent.keys()].sort());
    for (const [key, sent] of fleet.sent) {
      const counts = counted.get(key)!;
      if (processingGuarantee === "exactly-once") expect(counts, key).toEqual(oneTo(sent));
      else expect(Math.max(...counts), key).toBeGreaterThanOrEqual(sent);
    }
  }

  test("one, three, then one again under load: each record counts", { timeout: TIMEOUT_MS }, async () => {
    await using fleet = new ProcessFleet({ brokers, processingGuarantee, sessionTimeoutMs: SESSION_TIMEOUT_MS });
    await fleet.createTopics();
    fleet.feed();
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
    await expectAllCounted(fleet);
  });

  test(
    "a process that stands still beyond its session, then goes on, spoils nothing",
    { timeout: TIMEOUT_MS },
    async () => {
      await using fleet = new ProcessFleet({ brokers, processingGuarantee, sessionTimeoutMs: SESSION_TIMEOUT_MS });
      await fleet.createTopics();
      fleet.feed();
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
      await expectAllCounted(fleet);
    },
  );
});
