import { tp } from "@millrace/kafka-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { AppHarness } from "../testing/app-harness.js";
import { UnreachableClient } from "../testing/unreachable-client.js";
import { OpenTransactionWatch } from "./open-transaction-watch.js";

const PARTITION = tp("rows", 0);
let harness: AppHarness;
let watch: OpenTransactionWatch;

beforeEach(async () => {
  harness = new AppHarness();
  watch = new OpenTransactionWatch("Restoring", harness.cluster.admin(), harness.environment);
  await harness.createTopics({ rows: 1 });
  await harness.produce("rows", [
    { key: "a", value: "1" },
    { key: "b", value: "1" },
  ]);
});

afterEach(() => harness.run(harness.cluster.close()));

const warnings = () => harness.environment.logger.lines.filter(({ level }) => level === "warn");

/** Nothing comes for so long. */
async function wait(seconds: number, position: number, endOffset: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    watch.look([{ partition: PARTITION, position, endOffset }]);
    await harness.environment.scheduler.advanceBy(1_000);
  }
}

describe("reading that makes no progress", () => {
  test("says which partition an open transaction ends in, once after some seconds", async () => {
    const producer = harness.cluster.producer({ transactionalId: "slow" });
    await harness.run(producer.init());
    producer.begin();
    producer.append(PARTITION.topic, 0, Buffer.from("c"), Buffer.from("1"), 0);
    await harness.run(producer.flush());
    await wait(5, 2, 3);
    expect(warnings()).toEqual([]);
    await wait(20, 2, 3);
    expect(warnings()).toEqual([
      expect.objectContaining({
        message: expect.stringMatching(
          /^Restoring waits for a transaction that is open in rows-0: .*offset 2, .*up to 3/u,
        ),
        fields: { topic: "rows", partition: 0, position: 2, lastStableOffset: 2, endOffset: 3 },
      }),
    ]);
    await harness.run(producer.abort());
    await harness.run(producer.close());
  });

  test("says nothing while records are there to be read, or when positions move", async () => {
    await wait(20, 1, 2);
    for (let position = 0; position < 20; position++) await wait(1, position, 40);
    expect(warnings()).toEqual([]);
  });

  test("waits on when the cluster does not answer", async () => {
    const unreachable = new UnreachableClient(harness.cluster);
    unreachable.fails = () => true;
    watch = new OpenTransactionWatch("Restoring", unreachable.client.admin(), harness.environment);
    await wait(20, 2, 3);
    expect([warnings(), unreachable.failures.get("admin.listOffsets")]).toEqual([[], 3]);
  });
});
