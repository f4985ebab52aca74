import { consumeByJava } from "@millrace/broker-harness";
import { expect } from "vitest";
import type { CountingAppOptions } from "./counting-app.fixture.js";
import type { ProcessFleet } from "./process-fleet.fixture.js";

type Settings = Pick<CountingAppOptions, "brokers" | "processingGuarantee">;

/**
 * Holds what the fleet put out to what was sent: under exactly-once every count from 1 on, once and in order; under
 * at-least-once nothing short of what was sent.
 */
export async function expectAllCounted(
  { output, load }: ProcessFleet,
  { brokers, processingGuarantee }: Settings,
): Promise<void> {
  const counted = await countsByKey(brokers, output);
  expect([...counted.keys()].sort()).toEqual([...load.sent.keys()].sort());
  for (const [key, sent] of load.sent) {
    const counts = counted.get(key)!;
    if (processingGuarantee === "exactly-once") expect(counts, key).toEqual(oneTo(sent));
    else expect(Math.max(...counts), key).toBeGreaterThanOrEqual(sent);
  }
}

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

const oneTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
