import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { canStartBrokers, startBroker, type Cluster } from "@millrace/broker-harness";
import { kafka } from "millrace";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { visible } from "./send-in-transactions.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe.runIf(canStartBrokers)("transactions on a broker", () => {
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await startBroker();
  }, 120_000);
  afterAll(() => cluster?.close());

  /** As the README has it. */
  const run = (...options: readonly string[]) => {
    const args = ["scripts/run.mjs", "example", "transactions", "--brokers", cluster.brokers.join(), ...options];
    return promisify(execFile)(process.execPath, args, { cwd: root });
  };

  it("shows 100 and 105 after an orderly stop; 200 and 210 after a kill -9, and once more when the next one goes on", async () => {
    await using client = kafka({ brokers: cluster.brokers });
    const seen = async () => [await visible(client, "read_committed"), await visible(client, "read_uncommitted")];
    expect((await run()).stdout).toMatch(/open .*100 .*105 [^]*ended .*100 .*105 /u);
    expect(await seen()).toEqual([100, 105]);

    await expect(run("--kill")).rejects.toMatchObject({ stdout: expect.stringMatching(/open .*200 .*210 /u) });
    // The transaction is open still: committed records behind it would have to wait for its end.
    expect(await seen()).toEqual([200, 210]);

    // The next producer of the same transactional id aborts what the killed one left.
    await run("--records", "10");
    await expect.poll(seen, { timeout: 10_000 }).toEqual([210, 220]);
  });
});
